import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import type { Logger } from 'pino'
import postgres from 'postgres'
import { readMigrationJournal } from './migration-journal.ts'

export interface MigrateOptions {
  url: string
  migrationsFolder: string
  logger?: Logger
}

// An arbitrary number: advisory locks live per database, and this one means "migrations are being applied here".
const migrationLock = 7_206_151_001

/**
 * Applies the folder's migrations that the database does not have yet, all or none. Safe to repeat, and safe when several
 * processes do it at once: one applies, the others wait and find nothing left to do.
 */
export async function migrateDatabase({ url, migrationsFolder, logger }: MigrateOptions): Promise<void> {
  const journal = await readMigrationJournal(migrationsFolder)
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
    await migrate(drizzle(sql), { migrationsFolder })
    const [row] = await sql`select current_database() as database`
    logger?.info({ database: row?.database, migration: journal.at(-1)?.tag }, 'the database schema is up to date')
  } finally {
    await sql.end({ timeout: 5 })
  }
}
