import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startPostgres } from '@crm/embedded-postgres/start-postgres.ts'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'
import { freePort } from '@crm/testing/ports.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import postgres from 'postgres'
import type { StatementTrace } from './statement-trace.ts'

const migrations = resolve(import.meta.dirname, '../../drizzle')

/** Each with the migrations it gets; the last stays empty. */
const schemas = {
  user_db: 'user_db',
  bus_db: 'bus_db',
  crm_bare: 'crm_db',
  crm_alone: 'crm_db',
  crm_publishing: 'crm_db',
  no_bus: undefined,
} as const

/** One PostgreSQL server for all contenders, with the durable settings the product has: fsync and synchronous commits. */
export interface BenchDatabases {
  url(database: string): string
  /** A superuser's connection, closed at teardown. */
  connect(database: string): postgres.Sql
}

export async function startDatabases(t: Teardown, trace: StatementTrace): Promise<BenchDatabases> {
  const dir = await mkdtemp(join(tmpdir(), 'crm-bench-'))
  t.teardown(() => rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  const server = await startPostgres({ dir, port: await freePort(), settings: trace.settings, log: trace.log })
  t.teardown(() => server.stop())

  const connect = (database: string) => {
    const sql = postgres(server.url(database), { max: 1, onnotice: () => {}, connection: { application_name: 'bench' } })
    t.teardown(() => sql.end({ timeout: 1 }))
    return sql
  }
  const admin = connect('postgres')
  for (const [database, schema] of Object.entries(schemas)) {
    await admin.unsafe(`create database ${database}`)
    if (schema !== undefined) await migrateDatabase({ url: server.url(database), migrationsFolder: join(migrations, schema) })
  }
  return { url: server.url, connect }
}
