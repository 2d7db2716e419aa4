import type { Executor } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { connect } from '../fixtures/databases.ts'
import { createThings } from '../fixtures/writers.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

const [first, second] = [thingIn(1), thingIn(2)]
const lock = (tx: Executor, id: string) => tx.sql`select from things where id = ${id} for update`

/** Two things, and another transaction that has the second and waits for the end of `work`. */
async function prepareContention(t: Test) {
  const prepared = await prepare(t)
  await createThings(prepared.db, [first, second])
  const other = connect(t, prepared.url)
  const locked = Promise.withResolvers<void>()
  const transaction = (work: (tx: Executor) => Promise<unknown>) => {
    const ended = other.transaction(async (tx) => {
      await lock(tx, second)
      locked.resolve()
      await work(tx)
    })
    return { locked: locked.promise, ended }
  }
  return { ...prepared, transaction }
}

t.test('events whose transaction another one was in the way of are handled together once more, and none has lost an attempt', async (t) => {
  const { db, bus, lines, consume, versions, metric, transaction } = await prepareContention(t)
  const release = Promise.withResolvers<void>()
  const { locked, ended } = transaction(() => release.promise)
  await locked
  const calls: number[][] = []
  await bus.publish(versions(first, 6))
  await consume(async (events, tx) => {
    calls.push(events.map(({ sequence }) => sequence ?? 0))
    await noteEffects(events, tx)
    if (calls.length === 2) {
      release.resolve()
      await ended
    }
    await tx.sql`set local lock_timeout = 50`
    await lock(tx, second)
  })
  await untilEffects(db, 6)
  t.strictSame(calls, [upTo(6), upTo(6)])
  t.strictSame(await effectsOf(db), upTo(6))
  t.equal(await metric('crm_consumer_failed_total'), 1)
  t.equal(await metric('crm_consumer_retried_total'), 0)
  t.match(
    lines.filter(({ level }) => level === 'warn'),
    [{ message: /^another transaction was in the way/, bindings: { partition: 1, offset: 0, records: 6, err: { code: '55P03' } } }],
  )
})

t.test('of two transactions in a deadlock the consumer has its effects once, after the other', async (t) => {
  const { db, bus, consume, versions, transaction } = await prepareContention(t)
  const mine = Promise.withResolvers<void>()
  const { locked, ended } = transaction(async (tx) => {
    // It is the other that finds out.
    await tx.sql`set local deadlock_timeout = '1h'`
    await mine.promise
    await lock(tx, first)
  })
  await locked
  const calls: number[][] = []
  await bus.publish(versions(first, 6))
  await consume(async (events, tx) => {
    calls.push(events.map(({ sequence }) => sequence ?? 0))
    await noteEffects(events, tx)
    await lock(tx, first)
    mine.resolve()
    await lock(tx, second)
  })
  await ended
  await untilEffects(db, 6)
  t.strictSame(calls, [upTo(6), upTo(6)])
  t.strictSame(await effectsOf(db), upTo(6))
})

t.test('when it is in the way again, each event is handled alone, and waits for its turn', async (t) => {
  const { db, bus, consume, versions, metric, transaction } = await prepareContention(t)
  const release = Promise.withResolvers<void>()
  const { locked, ended } = transaction(() => release.promise)
  await locked
  const calls: number[][] = []
  await bus.publish(versions(first, 3))
  await consume(async (events, tx) => {
    calls.push(events.map(({ sequence }) => sequence ?? 0))
    await noteEffects(events, tx)
    if (calls.length === 4) {
      release.resolve()
      await ended
    }
    await tx.sql`set local lock_timeout = 50`
    await lock(tx, second)
  })
  await untilEffects(db, 3)
  t.strictSame(calls, [upTo(3), upTo(3), [1], [1], [2], [3]])
  await until(async () => (await metric('crm_consumer_processed_total')) === 3, { timeoutMs, what: 'the count' })
  t.equal(await metric('crm_consumer_retried_total'), 1)
})
