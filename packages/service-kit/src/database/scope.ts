import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Scope } from '../access/rules.ts'

/** Holds for rows whose company is in scope; undefined when every company is. The ids are one parameter, however many they are. */
export function within(scope: Scope, companyId: PgColumn): SQL | undefined {
  return scope.every ? undefined : sql`${companyId} = any(${sql.param([...scope.companyIds])}::uuid[])`
}
