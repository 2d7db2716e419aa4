import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import type { Logger } from 'pino'
import postgres from 'postgres'
import { readMigrationFolder } from './migration-folder.ts'
import { readMigrationHistory, requireOwnHistory } from './migration-history.ts'

export interface MigrateOptions {
  url: string
  migrationsFolder: string
  logger?: Logger
}

// An arbitrary number: advisory locks live per database, and this one means "migrations are being applied here".
const migrationLock = 7_206_151_001

/**
 * Applies the folder's migrations that the database does not have yet, all or none. Safe to repeat, and safe when several
 * processes do it at once: one applies, the others wait and find nothing left to do. Throws a SchemaVersionError, with
 * nothing applied, when the database was migrated by something else.
 */
export async function migrateDatabase({ url, migrationsFolder, logger }: MigrateOptions): Promise<void> {
  const migrations = await readMigrationFolder(migrationsFolder)
  // One connection that is never replaced: the lock belongs to its session.
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { application_name: 'migrate' },
  })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    const history = await readMigrationHistory(sql)
    requireOwnHistory(history, migrations)
    await migrate(drizzle(sql), { migrationsFolder })
    logger?.info({ database: history.database, migration: migrations.at(-1)?.tag }, 'the database schema is up to date')
  } finally {
    await sql.end({ timeout: 5 })
  }
}
