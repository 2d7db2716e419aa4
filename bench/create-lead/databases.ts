import type { Teardown } from '@crm/testing/processes.ts'
import { type BenchDatabases, startDatabases } from '../servers/databases.ts'
import type { StatementTrace } from './statement-trace.ts'

/** Each with the migrations it gets; the last stays empty. */
const schemas = {
  user_db: 'user_db',
  bus_db: 'bus_db',
  crm_bare: 'crm_db',
  crm_alone: 'crm_db',
  crm_publishing: 'crm_db',
  no_bus: undefined,
} as const

/** One PostgreSQL server for all contenders, whose statements are traced. */
export function startTracedDatabases(t: Teardown, { settings, log }: StatementTrace): Promise<BenchDatabases> {
  return startDatabases(t, { schemas, settings, log })
}
