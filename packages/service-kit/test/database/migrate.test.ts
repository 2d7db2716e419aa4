import { createTestDatabase } from '@crm/testing/database.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { writeMigrations } from './write-migrations.ts'

const createLead = {
  tag: '0000_create_lead',
  when: 1_000,
  sql: 'create table lead (id int);--> statement-breakpoint\nselect pg_sleep(0.2)',
}
const addLeadName = { tag: '0001_add_lead_name', when: 2_000, sql: 'alter table lead add column name text' }

async function emptyDatabase(t: Test) {
  const { url } = await createTestDatabase(t, { tables: {} })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end())
  const columns = async () =>
    (await sql`select attname from pg_attribute where attrelid = to_regclass('lead') and attnum > 0 order by attnum`).map(
      (row) => row.attname,
    )
  const applied = async () =>
    (await sql`select created_at from drizzle.__drizzle_migrations order by id`).map((row) => Number(row.created_at))
  return { url, columns, applied }
}

t.test('applies what is missing, in order, and nothing twice', async (t) => {
  const { url, columns, applied } = await emptyDatabase(t)
  const lines: string[] = []
  const logger = createLogger({ name: 'migrate', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const first = writeMigrations(t, [createLead])
  await migrateDatabase({ url, migrationsFolder: first })
  t.strictSame(await columns(), ['id'])
  const both = writeMigrations(t, [createLead, addLeadName])
  await migrateDatabase({ url, migrationsFolder: both, logger })
  await migrateDatabase({ url, migrationsFolder: both })
  t.strictSame(await columns(), ['id', 'name'])
  t.strictSame(await applied(), [1_000, 2_000])
  t.match(JSON.parse(lines[0] ?? ''), { database: new URL(url).pathname.slice(1), migration: '0001_add_lead_name' })
})

t.test('several at once: one applies, the others wait and find nothing to do', async (t) => {
  const { url, applied } = await emptyDatabase(t)
  const migrationsFolder = writeMigrations(t, [createLead, addLeadName])
  await Promise.all(Array.from({ length: 4 }, () => migrateDatabase({ url, migrationsFolder })))
  t.strictSame(await applied(), [1_000, 2_000])
})

t.test('a migration that fails leaves nothing of itself and of those with it, nor a lock', async (t) => {
  const { url, columns, applied } = await emptyDatabase(t)
  const broken = { tag: '0001_break', when: 2_000, sql: 'alter table lead add column name no_such_type' }
  const migrationsFolder = writeMigrations(t, [createLead, broken])
  await t.rejects(migrateDatabase({ url, migrationsFolder }))
  t.strictSame(await columns(), [])
  t.strictSame(await applied(), [])
  await migrateDatabase({ url, migrationsFolder: writeMigrations(t, [createLead]) })
  t.strictSame(await columns(), ['id'])
})

t.test('a migration older than the one before it is refused, since it would be left out silently', async (t) => {
  const { url } = await emptyDatabase(t)
  const migrationsFolder = writeMigrations(t, [createLead, { ...addLeadName, when: 900 }])
  await t.rejects(migrateDatabase({ url, migrationsFolder }), {
    message: 'migration 0001_add_lead_name is not newer than 0000_create_lead before it: generate it again',
  })
})

t.test("another service's database is refused and left as it is", async (t) => {
  const { url, columns, applied } = await emptyDatabase(t)
  await migrateDatabase({ url, migrationsFolder: writeMigrations(t, [createLead]) })
  const name = new URL(url).pathname.slice(1)
  // Older or newer than the other's, its times alone would make it seem applied or due.
  for (const when of [500, 1_000, 3_000]) {
    const createUser = { tag: '0000_create_user', when, sql: 'alter table lead add column "user" int' }
    await t.rejects(migrateDatabase({ url, migrationsFolder: writeMigrations(t, [createUser]) }), {
      name: 'SchemaVersionError',
      message: `${name} has the migrations of something else (another one in place of 0000_create_user): is it the right database?`,
    })
  }
  t.strictSame(await columns(), ['id'])
  t.strictSame(await applied(), [1_000])
})

t.test('a database that is newer than the migrations is left as it is', async (t) => {
  const { url, columns } = await emptyDatabase(t)
  await migrateDatabase({ url, migrationsFolder: writeMigrations(t, [createLead, addLeadName]) })
  await migrateDatabase({ url, migrationsFolder: writeMigrations(t, [createLead]) })
  t.strictSame(await columns(), ['id', 'name'])
})
