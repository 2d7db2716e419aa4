import { StartError } from '../shutdown/start-error.ts'
import type { Executor } from './database.ts'
import { readMigrationJournal } from './migration-journal.ts'

/** The database lacks migrations that this process' queries count on. */
export class SchemaVersionError extends StartError {
  constructor(message: string) {
    super(message)
    this.name = 'SchemaVersionError'
  }
}

/**
 * Throws a SchemaVersionError when the database is older than the newest migration of the folder. A newer database is
 * fine: migrations expand first, so that the release before still works.
 */
export async function checkSchemaVersion(db: Executor, migrationsFolder: string): Promise<void> {
  const journal = await readMigrationJournal(migrationsFolder)
  const needed = journal.at(-1)
  if (needed === undefined) return
  const { database, appliedAt } = await lastApplied(db)
  if (appliedAt !== undefined && appliedAt >= needed.when) return
  const applied = journal.find((entry) => entry.when === appliedAt)?.tag ?? (appliedAt && new Date(appliedAt).toISOString())
  throw new SchemaVersionError(`${database} is at ${applied ?? 'no migration'}, this process needs ${needed.tag}: run the migrate command`)
}

async function lastApplied({ sql }: Executor): Promise<{ database: string; appliedAt: number | undefined }> {
  const [state] = await sql<{ database: string; isMigrated: boolean }[]>`
    select current_database() as database, to_regclass('drizzle.__drizzle_migrations') is not null as "isMigrated"`
  const database = state?.database ?? 'the database'
  if (!state?.isMigrated) return { database, appliedAt: undefined }
  const [last] = await sql<{ created_at: string }[]>`
    select created_at from drizzle.__drizzle_migrations order by created_at desc limit 1`
  return { database, appliedAt: last && Number(last.created_at) }
}
