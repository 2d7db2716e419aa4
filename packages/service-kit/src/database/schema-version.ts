import type { Executor } from './database.ts'
import { readMigrationFolder } from './migration-folder.ts'
import { readMigrationHistory, requireOwnHistory, SchemaVersionError } from './migration-history.ts'

/**
 * Throws a SchemaVersionError when the database lacks migrations of the folder, or was migrated by something else. A newer
 * database is fine: migrations expand first, so that the release before still works.
 */
export async function checkSchemaVersion(db: Executor, migrationsFolder: string): Promise<void> {
  const [migrations, history] = await Promise.all([readMigrationFolder(migrationsFolder), readMigrationHistory(db.sql)])
  requireOwnHistory(history, migrations)
  const { database, applied } = history
  const needed = migrations.at(-1)
  if (needed === undefined || applied.length >= migrations.length) return
  const present = migrations[applied.length - 1]?.tag ?? 'no migration'
  throw new SchemaVersionError(`${database} is at ${present}, this process needs ${needed.tag}: run the migrate command`)
}
