import { readdirSync } from 'node:fs'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { migrationsFolder } from '@crm/testing/database.ts'
import t from 'tap'
import { environments, failedStart, runToEnd } from './processes.ts'

const countOf = (database: string) => readdirSync(migrationsFolder(database)).filter((name) => name.endsWith('.sql')).length

for (const [program, database, variable, table] of [
  ['migrateCrm', 'crm_db', 'DATABASE_URL', 'leads'],
  ['migrateBus', 'bus_db', 'BUS_DATABASE_URL', 'records'],
] as const) {
  t.test(`${database} is migrated once, however often and by however many at once`, async (t) => {
    const { crm } = await environments(t)
    await Promise.all([runToEnd(t, program, crm), runToEnd(t, program, crm)])
    await runToEnd(t, program, crm)
    const db = connectDatabase({ url: crm[variable] ?? '', applicationName: 'test' })
    t.teardown(() => db.close())
    const [{ count } = { count: 0 }] = await db.sql`select count(*)::int as count from drizzle.__drizzle_migrations`
    t.equal(count, countOf(database))
    t.equal((await db.sql`select from ${db.sql(table)}`).length, 0, `${table} is there`)
  })

  t.test(`a migration of ${database} that cannot be made says why in one line`, async (t) => {
    const { crm } = await environments(t)
    t.match(await failedStart(t, program, { ...crm, [variable]: '' }), `${variable} (or ${variable}_FILE) is required`)
    t.match(await failedStart(t, program, { ...crm, [variable]: 'postgres://127.0.0.1:1/none' }), 'nothing answers at 127.0.0.1:1')
    const missing = new URL(crm[variable] ?? '')
    missing.pathname = 'no_such_database'
    t.match(await failedStart(t, program, { ...crm, [variable]: missing.href }), 'database "no_such_database" does not exist')
  })
}
