import { publicApi } from '@crm/testing/responses/public-api.ts'
import { type CallerKind, refusedCallers, roles } from '../callers.ts'
import { matrix } from '../matrix/matrix.ts'
import type { Row, Target } from '../matrix/row.ts'
import type { Outcome } from '../matrix/table.ts'
import type { Actor } from '../system/actors.ts'
import { type EntryPoint, entryPoints } from '../system/call.ts'
import type { TestData } from '../system/make-test-data.ts'
import { type Operation, operationsOf } from '../system/operations.ts'
import { targetsIn } from './targets.ts'

/** One request, and what is to become of it. */
export interface Case {
  name: string
  row: Row
  operation: Operation
  kind: CallerKind
  /** Whose request it is; of somebody anonymous, whose records are asked for. */
  caller: Actor
  target: Target
  entryPoint: EntryPoint
  outcome: Outcome
}

/** Whether the case is to change something: it then has records of its own. */
export function changesSomething({ row, outcome }: Case): boolean {
  return row.writes === true && outcome === 'ok'
}

/** Every cell of the matrix, on every record of its column, for everyone. */
export function casesOf(testData: TestData): Case[] {
  const operations = new Map(operationsOf(publicApi()).map((operation) => [operation.id, operation]))
  return matrix.flatMap((row) => {
    const operation = operations.get(row.operation)
    if (!operation) return []
    const ofRoles = roles.flatMap((kind) => row.expected.columns.flatMap((column) => casesIn(testData, { row, operation, kind, column })))
    const columns = row.isOpen ? row.expected.columns : [row.expected.columns.includes('own') ? 'own' : (row.expected.columns[0] ?? '')]
    const ofRefusedCallers = refusedCallers.flatMap((kind) =>
      columns.flatMap((column) => casesIn(testData, { row, operation, kind, column })),
    )
    return [...ofRoles, ...ofRefusedCallers]
  })
}

interface Cell {
  row: Row
  operation: Operation
  kind: CallerKind
  column: string
}

function casesIn(testData: TestData, { row, operation, kind, column }: Cell): Case[] {
  const isAnonymous = kind === 'anonymous'
  if (isAnonymous && row.isOpen && row.on !== 'nothing') return []
  const caller = testData.actors[isAnonymous ? 'CHILD_USER' : kind]
  const outcome = row.expected.outcome(kind, column)
  const targets = targetsIn(testData, { on: row.on, column, caller })
  return targets.flatMap((target, n) =>
    entryPointsOf({ row, column, kind, outcome }, n).map((entryPoint) => ({
      name: nameOf({ row, kind, target, entryPoint }),
      ...{ row, operation, kind, caller, target, entryPoint, outcome },
    })),
  )
}

/**
 * Both for the first record of each column, alternately one for the others. One as well for what costs more: a password's hash for each case,
 * and the records of the SYSTEM_ADMIN, whom nothing limits.
 */
function entryPointsOf({ row, column, kind, outcome }: Omit<Cell, 'operation'> & { outcome: Outcome }, n: number): readonly EntryPoint[] {
  const takesHash = row.on === 'ownPassword' || row.operation === 'setUserPassword' || (row.on === 'user' && column === 'self')
  const isCostly = row.writes && outcome === 'ok' && (takesHash || kind === 'SYSTEM_ADMIN')
  if (n === 0 && !isCostly) return entryPoints
  return (n + row.expected.columns.indexOf(column)) % 2 === 0 ? ['gateway'] : ['direct']
}

function nameOf({ row, kind, target, entryPoint }: Pick<Case, 'row' | 'kind' | 'target' | 'entryPoint'>): string {
  const what = [target.role, target.isActive === false && 'inactive', target.place && `of ${target.place}`].filter(Boolean).join(' ')
  const attempt = row.attempt === undefined ? '' : ` (${row.attempt})`
  return `${row.operation}${attempt} by ${kind} on ${target.column}${what && `, ${what}`}, ${entryPoint}`
}
