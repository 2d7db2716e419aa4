import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { createTestDatabase, migrationsFolder, type TestDatabase } from '../src/database.ts'

const tables = { animals: pgTable('animals', { id: uuid().primaryKey().defaultRandom(), name: text().notNull() }) }

t.test('a database made from tables has them, and a second one shares no rows with the first', async (t) => {
  const [first, second] = [connect(t, await createTestDatabase(t, { tables })), connect(t, await createTestDatabase(t, { tables }))]
  await first`insert into animals (name) values ('cat')`
  t.equal((await first`select name from animals`).length, 1)
  t.equal((await second`select name from animals`).length, 0)
})

t.test('a database made from migrations has run them all', async (t) => {
  const migrations = await writeMigrations(t, ['create table plants (name text)', 'alter table plants add column height int'])
  const sql = connect(t, await createTestDatabase(t, { migrations }))
  await sql`insert into plants (name, height) values ('oak', 40)`
  t.equal((await sql`select * from drizzle.__drizzle_migrations`).length, 2)
})

t.test('a changed migration makes a new template', async (t) => {
  const before = await writeMigrations(t, ['create table plants (name text)'])
  const after = await writeMigrations(t, ['create table plants (name text, colour text)'])
  await createTestDatabase(t, { migrations: before })
  const sql = connect(t, await createTestDatabase(t, { migrations: after }))
  t.same(await sql`select colour from plants`, [])
})

t.test('a database is dropped at teardown while a connection to it is open', async (t) => {
  let left: TestDatabase | undefined
  let open: postgres.Sql | undefined
  await t.test('its user', async (t) => {
    left = await createTestDatabase(t, { tables })
    open = postgres(left.url, { max: 1, onnotice: () => {} })
    await open`select 1`
  })
  const name = new URL(left?.url ?? '').pathname.slice(1)
  const sql = connect(t, await createTestDatabase(t, { tables }))
  t.same(await sql`select from pg_database where datname = ${name}`, [])
  await open?.end({ timeout: 0 })
})

t.test('databases asked for at once share one template', async (t) => {
  const migrations = await writeMigrations(t, [`create table at_once (name text default '${process.pid}')`])
  const made = await Promise.all(Array.from({ length: 6 }, () => createTestDatabase(t, { migrations })))
  t.equal(new Set(made.map(({ url }) => url)).size, 6)
  for (const database of made) t.same(await connect(t, database)`select * from at_once`, [])
})

t.test('the folder of a product database lies in the repository', async (t) => {
  t.match(migrationsFolder('crm_db'), /\/drizzle\/crm_db$/)
})

function connect(t: Test, database: TestDatabase): postgres.Sql {
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}

async function writeMigrations(t: Test, statements: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'meta'))
  const entries = statements.map((_, idx) => ({
    idx,
    version: '7',
    when: 1_700_000_000_000 + idx,
    tag: `000${idx}_step`,
    breakpoints: true,
  }))
  await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }))
  for (const [idx, statement] of statements.entries()) await writeFile(join(folder, `000${idx}_step.sql`), statement)
  return folder
}
