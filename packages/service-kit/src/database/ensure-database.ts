import postgres from 'postgres'

export interface DatabaseOwner {
  database: string
  /** The login role that owns the database; made when it is missing. */
  owner: string
  /** Set every time, so that a changed password takes hold. */
  password: string
}

// Any constant number: it keeps those who ensure a database at the same time from making it twice.
const advisoryLock = 7_182_001

/**
 * Makes the role and the database it owns, unless they exist; nobody else but superusers may connect to that database.
 * Safe to repeat and to run in several processes at once. Resolves to the owner's connection string.
 */
export async function ensureDatabase(superuserUrl: string, options: DatabaseOwner): Promise<string> {
  const { database, owner, password } = options
  const sql = postgres(superuserUrl, { max: 1, fetch_types: false, onnotice: () => {} })
  const run = async (template: string, ...names: string[]) => {
    const [row] = await sql<{ statement: string }[]>`select format(${template}, variadic ${toArrayText(names)}::text[]) as statement`
    if (row !== undefined) await sql.unsafe(row.statement)
  }
  try {
    await sql`select pg_advisory_lock(${advisoryLock})`
    const roles = await sql`select from pg_roles where rolname = ${owner}`
    if (roles.length === 0) await run('create role %I', owner)
    await run('alter role %I login nosuperuser nocreatedb nocreaterole password %L', owner, password)
    const databases = await sql`select from pg_database where datname = ${database}`
    if (databases.length === 0) await run('create database %I owner %I', database, owner)
    await run('alter database %I owner to %I', database, owner)
    await run('revoke connect, temporary on database %I from public', database)
  } finally {
    await sql.end({ timeout: 5 })
  }
  const url = new URL(superuserUrl)
  url.username = encodeURIComponent(owner)
  url.password = encodeURIComponent(password)
  url.pathname = encodeURIComponent(database)
  return url.href
}

// Without fetched types the client does not know arrays; a short-lived connection need not fetch them.
function toArrayText(values: readonly string[]): string {
  return `{${values.map((value) => JSON.stringify(value)).join(',')}}`
}
