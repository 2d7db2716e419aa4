import { createTestDatabase } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { sql } from 'drizzle-orm'
import { integer, pgTable } from 'drizzle-orm/pg-core'
import t, { type Test } from 'tap'
import { connectDatabase, type Executor } from '../../src/database/database.ts'
import { databaseOutage, statementGivenUp } from '../../src/errors/database-outage.ts'
import { isProblem, testServer } from '../http/test-server.ts'

const things = pgTable('things', { id: integer('id').primaryKey(), count: integer('count').notNull() })

async function start(t: Test) {
  const { url } = await createTestDatabase(t, { tables: { things } })
  const db = connectDatabase({ url, applicationName: 'test' })
  t.teardown(() => db.close())
  await db.orm.insert(things).values([
    { id: 1, count: 0 },
    { id: 2, count: 0 },
  ])
  return db
}

const increment = ({ orm }: Executor, id: number) => orm.execute(sql`update things set count = count + 1 where id = ${id}`)

const isWaitedFor = async (db: Executor) =>
  (await db.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length > 0

/** A route that answers what became of a piece of work, at a path of its own. */
async function answering(t: Test, work: () => Promise<unknown>) {
  const { app } = await testServer(t)
  let thrown: unknown
  app.get('/work', async () => {
    try {
      await work()
    } catch (error) {
      thrown = error
      throw error
    }
    return {}
  })
  return { ask: () => app.inject('/work'), thrown: () => thrown }
}

async function assertAskedToRepeat(t: Test, { ask, thrown }: Awaited<ReturnType<typeof answering>>) {
  const response = await ask()
  isProblem(t, response, { status: 503, code: 'unavailable' })
  t.equal(response.headers['retry-after'], '1')
  t.equal(statementGivenUp(thrown()), true)
  t.equal(databaseOutage(thrown()), false, 'the database is there')
}

t.test('whoever loses a deadlock is asked to try again, and the other one goes on', async (t) => {
  const db = await start(t)
  const [oneHolds, twoHolds] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // Whoever has waited for so long looks for a deadlock, and loses when there is one.
  const winner = db.transaction(async (tx) => {
    await tx.sql`set local deadlock_timeout = '1min'`
    await increment(tx, 1)
    oneHolds.resolve()
    await twoHolds.promise
    await increment(tx, 2)
  })
  const loser = await answering(t, () =>
    db.transaction(async (tx) => {
      await tx.sql`set local deadlock_timeout = '10ms'`
      await oneHolds.promise
      await increment(tx, 2)
      twoHolds.resolve()
      await until(() => isWaitedFor(db), { timeoutMs: 10_000, what: 'the other one waits' })
      await increment(tx, 1)
    }),
  )
  await assertAskedToRepeat(t, loser)
  await winner
  t.strictSame(
    [...(await db.sql`select id, count from things order by id`)],
    [
      { id: 1, count: 1 },
      { id: 2, count: 1 },
    ],
  )
})

t.test('a write that another one at the same moment has made impossible is to be tried again', async (t) => {
  const db = await start(t)
  const late = await answering(t, () =>
    db.transaction(async (tx) => {
      await tx.sql`set transaction isolation level repeatable read`
      await tx.sql`select count from things`
      await increment(db, 1)
      await increment(tx, 1)
    }),
  )
  await assertAskedToRepeat(t, late)
  t.strictSame([...(await db.sql`select count from things where id = 1`)], [{ count: 1 }])
})
