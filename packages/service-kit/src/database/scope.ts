import { eq, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Scope } from '../access/rules.ts'

/** Holds for rows whose company is in scope; undefined when every company is. Several ids are one parameter, however many they are. */
export function within(scope: Scope, companyId: PgColumn): SQL | undefined {
  if (scope.every) return undefined
  const [first, ...others] = scope.companyIds
  // Only equality lets an index that begins with the company give the rows in the order of its next column.
  if (first !== undefined && others.length === 0) return eq(companyId, first)
  return sql`${companyId} = any(${sql.param([...scope.companyIds])}::uuid[])`
}
