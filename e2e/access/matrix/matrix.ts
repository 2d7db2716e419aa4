import type { JsonObject } from '@crm/openapi/json.ts'
import { roles } from '../callers.ts'
import { operationsOf } from '../system/operations.ts'
import { companyRows } from './companies.ts'
import { leadRows } from './leads.ts'
import { listRows } from './lists.ts'
import { columnsOf, type Row } from './row.ts'
import { sessionRows } from './sessions.ts'
import { userRows } from './users.ts'

/** Who may do what, written from the contract; one row for each way to use an operation. */
export const matrix: readonly Row[] = [...leadRows, ...companyRows, ...userRows, ...sessionRows, ...listRows]

/** What the matrix leaves open: operations without a row, rows of operations that are gone, and cells that a table lacks. */
export function gapsOf(rows: readonly Row[], document: JsonObject): string[] {
  const operations = new Set(operationsOf(document).map(({ id }) => id))
  const named = new Set(rows.map(({ operation }) => operation))
  return [
    ...[...operations].filter((id) => !named.has(id)).map((id) => `${id} has no row`),
    ...[...named].filter((id) => !operations.has(id)).map((id) => `a row names ${id}, which is no operation`),
    ...rows.flatMap(missingCells),
  ]
}

function missingCells({ operation, attempt = '', on, expected: { columns, callers } }: Row): string[] {
  const name = `${operation} ${attempt}`.trim()
  const lines = callers.includes('EVERYONE') ? [] : roles.filter((role) => !callers.includes(role))
  return [
    ...columnsOf[on].filter((column) => !columns.includes(column)).map((column) => `${name} lacks the column ${column}`),
    ...columns
      .filter((column) => !columnsOf[on].some((known) => known === column))
      .map((column) => `${name} has an unknown column ${column}`),
    ...lines.map((role) => `${name} lacks ${role}`),
  ]
}
