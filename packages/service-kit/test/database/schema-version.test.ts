import { createTestDatabase } from '@crm/testing/database.ts'
import t from 'tap'
import { connectDatabase } from '../../src/database/database.ts'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { checkSchemaVersion } from '../../src/database/schema-version.ts'
import { writeMigrations } from './write-migrations.ts'

const createLead = { tag: '0000_create_lead', when: 1_790_000_000_000, sql: 'create table lead (id int)' }
const addLeadName = { tag: '0001_add_lead_name', when: 1_790_000_100_000, sql: 'alter table lead add column name text' }

t.test('the schema version is checked against what this process needs', async (t) => {
  const { url } = await createTestDatabase(t, { tables: {} })
  const name = new URL(url).pathname.slice(1)
  const db = connectDatabase({ url, applicationName: 'test', maxConnections: 1 })
  t.teardown(() => db.close())
  const older = writeMigrations(t, [createLead])
  const newer = writeMigrations(t, [createLead, addLeadName])
  const foreign = [1_780_000_000_000, createLead.when, 1_790_000_200_000].map((when) =>
    writeMigrations(t, [{ tag: '0000_create_user', when, sql: 'create table "user" (id int)' }]),
  )

  await t.test('an empty database is refused', async (t) => {
    await t.rejects(checkSchemaVersion(db, older), {
      name: 'SchemaVersionError',
      message: `${name} is at no migration, this process needs 0000_create_lead: run the migrate command`,
    })
  })
  await t.test('the same version passes', async (t) => {
    await migrateDatabase({ url, migrationsFolder: older })
    await t.resolves(checkSchemaVersion(db, older))
  })
  await t.test('an older database is refused, by the names of both versions', async (t) => {
    await t.rejects(checkSchemaVersion(db, newer), {
      name: 'SchemaVersionError',
      message: `${name} is at 0000_create_lead, this process needs 0001_add_lead_name: run the migrate command`,
    })
  })
  await t.test("another service's database is refused, whichever is the newer", async (t) => {
    for (const migrationsFolder of foreign) {
      await t.rejects(checkSchemaVersion(db, migrationsFolder), {
        name: 'SchemaVersionError',
        message: `${name} has the migrations of something else (another one in place of 0000_create_user): is it the right database?`,
      })
    }
  })
  await t.test('a newer database passes: migrations expand first', async (t) => {
    await migrateDatabase({ url, migrationsFolder: newer })
    await t.resolves(checkSchemaVersion(db, older))
    await t.resolves(checkSchemaVersion(db, newer))
  })
})
