import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { ensureDatabase } from '@crm/embedded-postgres/ensure-database.ts'
import { migrateDatabase } from '@crm/service-kit/database/migrate.ts'

const databases = ['user_db', 'crm_db', 'bus_db'] as const

/** Connection strings, one a database, each of a role that can reach no other. */
export type DatabaseUrls = Record<(typeof databases)[number], string>

export interface Superuser {
  port: number
  url(database?: string): string
}

/** Makes each context's database with a role of its own, and brings its schema up to date. */
export async function prepareDatabases(superuser: Superuser): Promise<DatabaseUrls> {
  const urls: Partial<DatabaseUrls> = {}
  for (const database of databases) {
    // A new password at every start: only this process needs to know it.
    const password = randomBytes(24).toString('base64url')
    await ensureDatabase(superuser.url(), { database, owner: database, password })
    urls[database] = `postgres://${database}:${password}@127.0.0.1:${superuser.port}/${database}`
    const migrationsFolder = fileURLToPath(new URL(`../../../drizzle/${database}`, import.meta.url))
    await migrateDatabase({ url: urls[database], migrationsFolder })
  }
  return urls as DatabaseUrls
}
