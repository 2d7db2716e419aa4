import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { ensureDatabase } from '@crm/service-kit/database/ensure-database.ts'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'

/** Connection strings, one a database, each of a role that can reach no other. */
export type DatabaseUrls = Record<'user_db' | 'crm_db' | 'bus_db', string>

export interface Superuser {
  port: number
  url(database?: string): string
}

/** Makes each context's database with a role of its own, and brings its schema up to date. */
export async function prepareDatabases(superuser: Superuser): Promise<DatabaseUrls> {
  const [user_db, crm_db, bus_db] = await Promise.all([
    prepareDatabase(superuser, 'user_db'),
    prepareDatabase(superuser, 'crm_db'),
    prepareDatabase(superuser, 'bus_db'),
  ])
  return { user_db, crm_db, bus_db }
}

async function prepareDatabase(superuser: Superuser, database: string): Promise<string> {
  // A new password at every start: only this process needs to know it.
  const password = randomBytes(24).toString('base64url')
  const url = await ensureDatabase(superuser.url(), { database, owner: database, password })
  const migrationsFolder = fileURLToPath(new URL(`../../../drizzle/${database}`, import.meta.url))
  await migrateDatabase({ url, migrationsFolder })
  return url
}
