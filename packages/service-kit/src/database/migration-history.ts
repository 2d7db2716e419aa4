import type postgres from 'postgres'
import { StartError } from '../shutdown/start-error.ts'
import type { Migration } from './migration-folder.ts'

/** The database's schema is not one that this process' queries can count on. */
export class SchemaVersionError extends StartError {
  constructor(message: string) {
    super(message)
    this.name = 'SchemaVersionError'
  }
}

/** What a database says of its own migrations. */
export interface MigrationHistory {
  database: string
  /** The hash of each applied migration, oldest first. */
  applied: string[]
}

export async function readMigrationHistory(sql: postgres.ISql): Promise<MigrationHistory> {
  const [state] = await sql<{ database: string; isMigrated: boolean }[]>`
    select current_database() as database, to_regclass('drizzle.__drizzle_migrations') is not null as "isMigrated"`
  const database = state?.database ?? 'the database'
  if (!state?.isMigrated) return { database, applied: [] }
  const rows = await sql<{ hash: string }[]>`select hash from drizzle.__drizzle_migrations order by created_at, id`
  return { database, applied: rows.map(({ hash }) => hash) }
}

/**
 * Throws a SchemaVersionError when the database was migrated by something else than these migrations, such as those of
 * another service. One that has fewer or more of them passes.
 */
export function requireOwnHistory({ database, applied }: MigrationHistory, migrations: readonly Migration[]): void {
  const expected = migrations.find(({ hash }, place) => place < applied.length && applied[place] !== hash)
  if (expected === undefined) return
  throw new SchemaVersionError(
    `${database} has the migrations of something else (another one in place of ${expected.tag}): is it the right database?`,
  )
}
