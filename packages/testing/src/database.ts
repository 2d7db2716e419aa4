import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import type { Teardown } from './processes.ts'
import { repositoryRoot } from './repository-root.ts'
import { testServerUrl } from './server.ts'

/** What the database holds: the migrations of a drizzle folder (absolute path), or tables made straight from their definitions. */
export type DatabaseSource = { migrations: string } | { tables: Record<string, unknown> }

export interface TestDatabase {
  /** Connection string of its owner, a superuser. */
  url: string
}

/** The folder with the migrations of one of the product's databases, such as `crm_db`. */
export function migrationsFolder(database: string): string {
  return join(repositoryRoot, 'drizzle', database)
}

/**
 * An empty database of one's own with the schema of `source`, dropped at teardown even if connections are left; on the server that
 * tests share, or on the one whose superuser's URL is given. It is copied from a template that is built once per server and schema,
 * so it takes some 20 ms.
 */
export async function createTestDatabase(t: Teardown, source: DatabaseSource, server?: string): Promise<TestDatabase> {
  const serverUrl = server ?? (await testServerUrl())
  const name = `test_${randomBytes(8).toString('hex')}`
  await withAdmin(serverUrl, async (admin) => {
    const template = await ensureTemplate(admin, serverUrl, source)
    await admin.unsafe(`create database ${name} template ${template} strategy file_copy`)
  })
  t.teardown(() => withAdmin(serverUrl, (admin) => admin.unsafe(`drop database if exists ${name} with (force)`)))
  return { url: databaseUrl(serverUrl, name) }
}

async function ensureTemplate(admin: postgres.Sql, serverUrl: string, source: DatabaseSource): Promise<string> {
  const schema = 'migrations' in source ? await readMigrations(source.migrations) : await createStatements(source.tables)
  const hash = createHash('sha256').update(JSON.stringify(schema)).digest('hex')
  const template = `template_${hash.slice(0, 24)}`
  // The lock ends with the connection, so a builder that was killed leaves nobody waiting.
  await admin`select pg_advisory_lock(hashtext(${template}))`
  const existing = await admin`select from pg_database where datname = ${template}`
  if (existing.length === 0) {
    // Built under another name: a template that exists is complete.
    const draft = `${template}_draft`
    await admin.unsafe(`drop database if exists ${draft} with (force)`)
    await admin.unsafe(`create database ${draft}`)
    await buildSchema(databaseUrl(serverUrl, draft), source, schema)
    await admin.unsafe(`alter database ${draft} rename to ${template}`)
  }
  await admin`select pg_advisory_unlock(hashtext(${template}))`
  return template
}

async function buildSchema(url: string, source: DatabaseSource, statements: readonly string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    if ('migrations' in source) await migrate(drizzle(sql), { migrationsFolder: source.migrations })
    else for (const statement of statements) await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

async function readMigrations(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const journal = await readFile(join(folder, 'meta', '_journal.json'), 'utf8')
  return [journal, ...(await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8'))))]
}

async function createStatements(tables: Record<string, unknown>): Promise<string[]> {
  // Loaded on demand: it takes longer to load than a test that only needs migrations takes to run.
  const { generateDrizzleJson, generateMigration } = await import('drizzle-kit/api')
  return await generateMigration(generateDrizzleJson({}), generateDrizzleJson(tables))
}

async function withAdmin<T>(serverUrl: string, work: (admin: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = postgres(serverUrl, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    return await work(admin)
  } finally {
    await admin.end({ timeout: 5 })
  }
}

function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = database
  return url.href
}
