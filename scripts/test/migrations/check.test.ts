import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import t from 'tap'
import { checkMigrations } from '../../migrations/check.ts'
import { addMigration, readMigrationsFolder, statementBreakpoint } from '../../migrations/folder.ts'
import { schemaChanges, unchangedSnapshot } from '../../migrations/schema-changes.ts'

const first = { leads: pgTable('leads', { id: integer('id').primaryKey() }) }
const second = { leads: pgTable('leads', { id: integer('id').primaryKey(), name: text('name').notNull() }) }
const renamed = { leads: pgTable('leads', { key: integer('key').primaryKey() }) }

async function migrate(folder: string, name: string, schema: Record<string, unknown>): Promise<string> {
  const { lastSnapshot } = await readMigrationsFolder(folder)
  const { statements, snapshot } = await schemaChanges(schema, lastSnapshot)
  return addMigration(folder, { name, sql: statements.join(statementBreakpoint), snapshot })
}

async function migratedFolder(t: { testdir(): string }): Promise<string> {
  const folder = t.testdir()
  await migrate(folder, 'create_leads', first)
  await migrate(folder, 'add_lead_names', second)
  return folder
}

function problems(folder: string, schema: Record<string, unknown>): Promise<string[]> {
  return checkMigrations({ database: 'crm_db', folder, schema })
}

t.test('new migrations bring the schema and its migrations together', async (t) => {
  const folder = t.testdir()
  t.match(await problems(folder, first), [/^crm_db: the schema is ahead of its migrations by\n {2}CREATE TABLE "leads"/])
  t.equal(await migrate(folder, 'create_leads', first), '0000_create_leads')
  t.same(await problems(folder, first), [])
  t.match(await problems(folder, second), [
    /ALTER TABLE "leads" ADD COLUMN "name" text NOT NULL;[\s\S]*pnpm migrations --name <what_it_does> crm_db$/,
  ])
  t.equal(await migrate(folder, 'add_lead_names', second), '0001_add_lead_names')
  t.same(await problems(folder, second), [])
})

t.test("drizzle's migrator reads what was made, in order", async (t) => {
  const migrations = readMigrationFiles({ migrationsFolder: await migratedFolder(t) })
  t.match(migrations, [{ sql: [/CREATE TABLE/] }, { sql: [/ADD COLUMN/] }])
  t.ok((migrations[0]?.folderMillis ?? Infinity) < (migrations[1]?.folderMillis ?? 0))
})

t.test('a migration made while the clock is behind still follows its predecessor', async (t) => {
  const folder = await migratedFolder(t)
  const journalFile = join(folder, 'meta/_journal.json')
  const future = Date.now() + 86_400_000
  const { journal } = await readMigrationsFolder(folder)
  const entries = journal.entries.map((entry) => ({ ...entry, when: future + entry.idx }))
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries }))
  await addMigration(folder, { name: 'add_an_index', sql: 'select 1', snapshot: unchangedSnapshot(undefined) })
  t.equal((await readMigrationsFolder(folder)).journal.entries[2]?.when, future + 2)
})

t.test('a migration written by hand changes nothing about the schema and keeps the chain of snapshots', async (t) => {
  const folder = await migratedFolder(t)
  const { lastSnapshot } = await readMigrationsFolder(folder)
  await addMigration(folder, { name: 'fill_lead_names', sql: '-- later', snapshot: unchangedSnapshot(lastSnapshot) })
  t.same(await problems(folder, second), [])
  t.equal((await readMigrationsFolder(folder)).lastSnapshot?.prevId, lastSnapshot?.id)
})

t.test('a change that may be a rename is drift, not a question', async (t) => {
  const folder = t.testdir()
  await migrate(folder, 'create_leads', first)
  t.match(await problems(folder, renamed), [/a change that may be a rename/])
})

t.test('a migration that the journal does not name, and one that is missing, are found', async (t) => {
  const folder = await migratedFolder(t)
  renameSync(join(folder, '0001_add_lead_names.sql'), join(folder, '0001_add_names_of_leads.sql'))
  t.same(await problems(folder, second), [
    'crm_db: the journal names 0001_add_lead_names, but 0001_add_lead_names.sql is missing',
    'crm_db: 0001_add_names_of_leads.sql is not in the journal and would never run',
  ])
})

t.test('a missing snapshot is found', async (t) => {
  const folder = await migratedFolder(t)
  rmSync(join(folder, 'meta/0000_snapshot.json'))
  t.same(await problems(folder, second), ['crm_db: 0000_create_leads has no meta/0000_snapshot.json'])
})

t.test('two migrations with one number, or out of order in time, are found', async (t) => {
  const folder = await migratedFolder(t)
  const journalFile = join(folder, 'meta/_journal.json')
  const journal = readFileSync(journalFile, 'utf8')
    .replaceAll('0001_add_lead_names', '0000_add_lead_names')
    .replaceAll(/"when": \d+/g, '"when": 5')
  writeFileSync(journalFile, journal)
  renameSync(join(folder, '0001_add_lead_names.sql'), join(folder, '0000_add_lead_names.sql'))
  t.same(await problems(folder, second), [
    "crm_db: the journal's entry 0000_add_lead_names should start with 0001_",
    'crm_db: 0000_add_lead_names is not newer than its predecessor: databases that have that one would skip it',
  ])
})

t.test('a name that says nothing is found', async (t) => {
  const folder = t.testdir()
  await migrate(folder, 'wild_wolverine', first)
  t.match(await problems(folder, first), [/^crm_db: 0000_wild_wolverine\.sql: 'wild_wolverine' is one of drizzle-kit's random names/])
})
