import { ensureDatabase } from '@crm/service-kit/database/ensure-database.ts'
import type { Logger } from 'pino'
import postgres from 'postgres'

/**
 * Makes the role and the database that each connection string names, unless they exist, and gives the role the password in it. None of
 * these roles may connect to a database of another, nor to those the server came with. Safe to repeat and to run at once.
 */
export async function provision(superuserUrl: string, urls: readonly string[], logger: Logger): Promise<void> {
  for (const url of urls) {
    const { username, password, pathname } = new URL(url)
    const [owner, database] = [decodeURIComponent(username), decodeURIComponent(pathname.slice(1))]
    await ensureDatabase(superuserUrl, { database, owner, password: decodeURIComponent(password) })
    logger.info({ database, role: owner }, 'the database and its role are there')
  }
  await closeMaintenanceDatabases(superuserUrl)
}

// Every role may connect to these by default.
async function closeMaintenanceDatabases(superuserUrl: string): Promise<void> {
  const sql = postgres(superuserUrl, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    const open = await sql<{ datname: string }[]>`
      select datname from pg_database where datname in ('postgres', 'template1', current_database())`
    for (const { datname } of open) await sql`revoke connect, temporary on database ${sql(datname)} from public`
  } finally {
    await sql.end({ timeout: 5 })
  }
}
