import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startPostgres } from '@crm/embedded-postgres/start-postgres.ts'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'
import { freePort } from '@crm/testing/ports.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import postgres from 'postgres'

const migrations = resolve(import.meta.dirname, '../../drizzle')

/** One PostgreSQL server with the durable settings the product has: fsync and synchronous commits. */
export interface BenchDatabases {
  url(database: string): string
  /** A superuser's connection, closed at teardown. */
  connect(database: string): postgres.Sql
}

export interface DatabaseOptions {
  /** Each database by name, with the folder of the migrations it gets; without one it stays empty. */
  schemas: Readonly<Record<string, string | undefined>>
  settings?: Record<string, string>
  /** Gets the lines of the server's log. */
  log?: (line: string) => void
}

export async function startDatabases(t: Teardown, { schemas, settings = {}, log }: DatabaseOptions): Promise<BenchDatabases> {
  const dir = await mkdtemp(join(tmpdir(), 'crm-bench-'))
  t.teardown(() => rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  const server = await startPostgres({ dir, port: await freePort(), settings, ...(log && { log }) })
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
