import { createTestDatabase } from '@crm/testing/database.ts'
import { type SQL, sql } from 'drizzle-orm'
import { index, pgTable, timestamp, uuid } from 'drizzle-orm/pg-core'
import t, { type Test } from 'tap'
import type { Scope } from '../../src/access/rules.ts'
import { connectDatabase } from '../../src/database/database.ts'
import { within } from '../../src/database/scope.ts'

const records = pgTable(
  'records',
  {
    id: uuid('id').primaryKey(),
    companyId: uuid('company_id').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [
    index('records_company_created_at').on(table.companyId, table.createdAt, table.id),
    index('records_created_at').on(table.createdAt, table.id),
  ],
)

const idOf = (place: number) => `01980000-0000-7000-8000-${String(place).padStart(12, '0')}`
const scopeOf = (...places: number[]): Scope => ({ every: false, companyIds: places.map(idOf) })

/** 20,000 records: those of company 1 are a tenth of them and the oldest, so that a walk down all records would pass over the others first. */
async function manyRecords(t: Test) {
  const { url } = await createTestDatabase(t, { tables: { records } })
  const db = connectDatabase({ url, applicationName: 'test', maxConnections: 1 })
  t.teardown(() => db.close())
  await db.sql`
    insert into records (id, company_id, created_at)
    select gen_random_uuid(), ('01980000-0000-7000-8000-' || lpad((1 + (place - 1) / 2000)::text, 12, '0'))::uuid,
      timestamptz '2026-01-01' + place * interval '1 second'
    from generate_series(1, 20000) as place`
  await db.sql`vacuum analyze records`
  const newest = (scope: Scope) =>
    db.orm
      .select()
      .from(records)
      .where(within(scope, records.companyId))
      .orderBy(sql`${records.createdAt} desc, ${records.id} desc`)
      .limit(51)
  const planOf = async (query: { getSQL(): SQL }) => {
    const rows = await db.orm.execute<{ 'QUERY PLAN': string }>(sql`explain (costs off) ${query}`)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  return { newest, planOf }
}

t.test('the newest records of one company are read from its index in order, none but these', async (t) => {
  const { newest, planOf } = await manyRecords(t)
  const plan = await planOf(newest(scopeOf(1)))
  t.match(plan, /Index (Only )?Scan Backward using records_company_created_at/)
  t.notMatch(plan, /Sort|Filter/)
})

t.test('a scope holds the records of its companies: of one, of several, of none, of all', async (t) => {
  const { newest } = await manyRecords(t)
  const companiesOf = async (scope: Scope) => new Set((await newest(scope)).map(({ companyId }) => companyId))
  t.strictSame(await companiesOf(scopeOf(1)), new Set([idOf(1)]))
  t.strictSame(await companiesOf(scopeOf(1, 2)), new Set([idOf(2)]), 'the newest of both are of the second')
  t.strictSame(await companiesOf(scopeOf()), new Set())
  t.strictSame(await companiesOf({ every: true }), new Set([idOf(10)]))
})
