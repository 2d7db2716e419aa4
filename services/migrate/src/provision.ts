import { ensureDatabase } from '@crm/service-kit/database/ensure-database.ts'
import type { Logger } from 'pino'
import postgres from 'postgres'

/**
 * Makes the role and the database that a connection string names, unless they exist, and gives the role the password in it. Nobody but
 * that role and superusers may connect to the database. Safe to repeat and to run at once.
 */
export async function provision(superuserUrl: string, url: string, logger: Logger): Promise<void> {
  const { username, password, pathname } = new URL(url)
  const [owner, database] = [decodeURIComponent(username), decodeURIComponent(pathname.slice(1))]
  await ensureDatabase(superuserUrl, { database, owner, password: decodeURIComponent(password) })
  logger.info({ database, role: owner }, 'the database and its role are there')
}

// An arbitrary number, of the maintenance databases being closed: two jobs that change one row of the catalogue at once fail.
const closingLock = 7_182_002

/** Lets superusers alone connect to the databases that the server came with, which every role may do by default. Safe to run at once. */
export async function closeMaintenanceDatabases(superuserUrl: string): Promise<void> {
  const sql = postgres(superuserUrl, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    await sql`select pg_advisory_lock(${closingLock})`
    const open = await sql<{ datname: string }[]>`
      select datname from pg_database where datname in ('postgres', 'template1', current_database())`
    for (const { datname } of open) await sql`revoke connect, temporary on database ${sql(datname)} from public`
  } finally {
    await sql.end({ timeout: 5 })
  }
}
