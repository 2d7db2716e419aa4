import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import t from 'tap'
import { defineConsumer } from '../../src/consumer/define-consumer.ts'
import { connect } from '../fixtures/databases.ts'
import { dropConnections, insist } from '../fixtures/outages.ts'
import { startProxy } from '../fixtures/proxy.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { type Handle, headersOf, prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

const retry = { baseMs: 1, maxMs: 4 }
const interrupted = 'consumer cannot go on now, by no fault of its events; it retries, and the attempt does not count'

t.test('an outage of the database is survived: one effect each, in order, and no attempt counted', async (t) => {
  const { db, url, bus, lines, consume, versions, metric } = await prepare(t)
  let atWork = 0
  await consume(async (events, tx) => {
    await noteEffects(events, tx)
    atWork++
    if (atWork <= 2) await tx.sql`select pg_sleep(60)`
  })
  await bus.publish(versions(thingIn(0), 10))
  for (const round of [1, 2]) {
    await until(() => atWork === round, { timeoutMs, what: 'the handler' })
    await dropConnections(url)
  }
  await until(async () => (await insist(() => effectsOf(db))).length > 0, { timeoutMs, what: 'the effects' })
  t.strictSame(await effectsOf(db), upTo(10))
  t.strictSame(
    lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message),
    [interrupted, interrupted],
  )
  t.equal(await metric('crm_consumer_failed_total'), 0)
})

t.test('an outage of the database amid attempts is none of them: five fail all the same', async (t) => {
  const { db, url, bus, consume, versions, deadLetters, metric } = await prepare(t)
  let calls = 0
  const outages = [2, 4, 5]
  await consume(
    async (events, tx) => {
      if (!events.some(({ sequence }) => sequence === 1)) return await noteEffects(events, tx)
      calls++
      if (outages.includes(calls)) await tx.sql`select pg_sleep(60)`
      throw new Error('always')
    },
    { retry },
  )
  await bus.publish(versions(thingIn(0), 1))
  for (const outage of outages) {
    await until(() => calls === outage, { timeoutMs, what: `attempt ${outage}` })
    await dropConnections(url)
  }
  await insist(() => bus.publish(versions(thingIn(0), 1, 2)))
  await until(async () => (await insist(() => effectsOf(db))).length === 1, { timeoutMs, what: 'the event behind it' })
  t.equal(calls, 5 + outages.length)
  t.match((await deadLetters()).map(headersOf), [{ dlq_attempts: '5' }])
  t.equal(await metric('crm_consumer_failed_total'), 5)
})

t.test('a database that hangs while a handler is at work is an outage: the deadline of the handler counts for nothing', async (t) => {
  const { url, db: direct, bus, group, contract, lines, consume, versions, metric } = await prepare(t)
  const proxy = await startProxy(t, url)
  let calls = 0
  const handle: Handle = async (events, tx) => {
    calls++
    if (calls === 1) proxy.freeze()
    await noteEffects(events, tx)
  }
  // Only the first call is to be late, however busy the machine is.
  const definition = {
    ...defineConsumer({ group, on: [contract], handle }),
    get applyDeadlineMs() {
      return calls === 0 ? 1_000 : 14_000
    },
  }
  await consume(handle, { definition, db: connect(t, proxy.url), retry })
  await bus.publish(versions(thingIn(0), 1))
  await until(() => lines.some(({ message }) => message === interrupted), { timeoutMs, what: 'the outage' })
  proxy.thaw()
  await untilEffects(direct, 1)
  t.equal(await metric('crm_consumer_failed_total'), 0)
  t.strictSame(await effectsOf(direct), [1])
  t.match(
    lines.filter(({ level }) => level === 'error'),
    [],
  )
})

t.test('the deadline of a handler begins with the handler, not with the wait for a connection', async (t) => {
  const { url, db: direct, bus, consume, versions, metric } = await prepare(t)
  const db = connect(t, url, 1)
  let isOpen = false
  const begun = Promise.withResolvers<void>()
  let isWaiting = false
  const consumer = await consume(
    {
      applyDeadlineMs: 14_000,
      async prepare() {
        // Takes the only connection before the transaction asks for it.
        void db.transaction(async (tx) => {
          begun.resolve()
          // The server ends one that does nothing for 15 s.
          while (!isOpen) await tx.sql`select pg_sleep(0.2)`
        })
        await begun.promise
        isWaiting = true
        return noteEffects
      },
    },
    { db, retry },
  )
  await bus.publish(versions(thingIn(0), 1))
  await until(() => isWaiting, { timeoutMs, what: 'the wait' })
  const longer = Promise.withResolvers<void>()
  setTimeout(longer.resolve, 15_000)
  await longer.promise
  isOpen = true
  await untilEffects(direct, 1)
  t.equal(await metric('crm_consumer_failed_total'), 0)
  await consumer.stop()
})

t.test('someone else who cannot be reached is no outage: the event is given up after its attempts', async (t) => {
  const { db, bus, consume, versions, deadLetters } = await prepare(t)
  const port = await freePort()
  let calls = 0
  await consume(
    {
      async prepare(events) {
        if (events.some(({ sequence }) => sequence === 1)) {
          calls++
          await fetch(`http://127.0.0.1:${port}`)
        }
        return noteEffects
      },
    },
    { retry },
  )
  await bus.publish(versions(thingIn(0), 1))
  await until(() => calls > 0, { timeoutMs, what: 'the first attempt' })
  await bus.publish(versions(thingIn(0), 1, 2))
  await untilEffects(db, 1)
  t.equal(calls, 5)
  t.match((await deadLetters()).map(headersOf), [
    { dlq_attempts: '5', dlq_error_class: 'TypeError', dlq_reason: /^fetch failed: .*ECONNREFUSED/ },
  ])
})
