import { setImmediate as soon } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { claimNew } from '../../src/inbox/claim-new.ts'
import { dropConnections } from '../fixtures/outages.ts'
import { effectsOf, noteEffects, type ThingReceived } from './effects.ts'
import { headersOf, prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

const retry = { baseMs: 1, maxMs: 4 }
const sequencesOf = (events: readonly ThingReceived[]) => events.map(({ sequence }) => sequence)

t.test('a preparation runs outside the transaction, before it, and what it decides is applied in it', async (t) => {
  const { db, bus, group, consume, versions, metric } = await prepare(t)
  const gate = Promise.withResolvers<void>()
  const transactions = async () =>
    (
      await db.sql`select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state like '%transaction%'`
    ).length
  let prepared = 0
  const inside: unknown[] = []
  await bus.publish(versions(thingIn(1), 3))
  await consume({
    async prepare(events) {
      prepared += events.length
      await gate.promise
      const note = `looked up ${sequencesOf(events)}`
      return async (own, tx) => {
        inside.push(note, ...(await tx.sql`select count(*)::int as claimed from inbox where group_name = ${group}`))
        await noteEffects(own, tx)
      }
    },
  })
  await until(() => prepared === 3, { timeoutMs, what: 'the preparation' })
  t.equal(await transactions(), 0, 'no transaction waits for it')
  t.strictSame([...(await db.sql`select from inbox`)], [], 'nothing is claimed before')
  gate.resolve()
  await untilEffects(db, 3)
  t.strictSame(inside, ['looked up 1,2,3', { claimed: 3 }])
  await until(async () => (await metric('crm_consumer_processed_total')) === 3, { timeoutMs, what: 'the count' })
})

t.test('only events that the group has not handled are prepared; a transaction that fails has them prepared again', async (t) => {
  const { db, bus, consume, versions, metric } = await prepare(t)
  const thingId = thingIn(1)
  const prepared: unknown[][] = []
  let failures = 1
  await consume(
    {
      async prepare(events) {
        prepared.push(sequencesOf(events))
        return async (own, tx) => {
          await noteEffects(own, tx)
          if (own.some(({ sequence }) => sequence === 3) && failures-- > 0) throw new Error('not yet')
        }
      },
    },
    { retry },
  )
  const events = versions(thingId, 3)
  await bus.publish(events.slice(0, 2))
  await untilEffects(db, 2)
  await bus.publish(events)
  await untilEffects(db, 3)
  await bus.publish(events)
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 5, { timeoutMs, what: 'the duplicates' })
  t.strictSame(await effectsOf(db), [1, 2, 3])
  const before = prepared.flat().filter((sequence) => sequence !== 3)
  t.strictSame(before, [1, 2], 'the first two once')
  t.ok(prepared.flat().filter((sequence) => sequence === 3).length >= 2, 'the third again')
})

t.test('what another consumer handled while an event was prepared is not applied again', async (t) => {
  const { db, bus, group, topic, consume, versions, metric } = await prepare(t)
  const applied: unknown[][] = []
  await bus.publish(versions(thingIn(1), 4))
  await consume({
    async prepare(events) {
      // As a consumer would that had the partition before: it commits two of them.
      await db.transaction(async (tx) => void (await claimNew(tx, group, events.slice(1, 3))))
      return async (own, tx) => {
        applied.push(sequencesOf(own))
        await noteEffects(own, tx)
      }
    },
  })
  await untilEffects(db, 2)
  t.strictSame(applied, [[1, 4]])
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
  t.equal(await metric('crm_consumer_processed_total'), 2)
  t.equal(await metric('crm_consumer_duplicates_total'), 2)
})

t.test('what another consumer has handled wholly in the meantime is applied no more', async (t) => {
  const { db, bus, group, topic, consume, versions } = await prepare(t)
  let applied = 0
  await bus.publish(versions(thingIn(1), 2))
  await consume({
    async prepare(events) {
      await db.transaction(async (tx) => void (await claimNew(tx, group, events)))
      return async () => void applied++
    },
  })
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
  t.equal(applied, 0)
})

t.test('an inbox that forgets an event amid its preparation does not have it applied unprepared', async (t) => {
  const { db, bus, group, topic, consume, versions } = await prepare(t)
  const applied: unknown[] = []
  const events = versions(thingIn(1), 2)
  const [old = events[0]] = events
  const consumer = await consume(noteEffects)
  await bus.publish(old ? [old] : [])
  await untilEffects(db, 1)
  await consumer.stop()
  await bus.publish(events)
  await consume({
    async prepare() {
      await db.sql`delete from inbox`
      return async (own) => void applied.push(...sequencesOf(own))
    },
  })
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
  t.strictSame(applied, [2])
})

t.test('a preparation that takes too long is a failed attempt: it gets the signal, and its event is given up in the end', async (t) => {
  const { db, bus, consume, versions, deadLetters } = await prepare(t)
  const reasons: unknown[] = []
  await bus.publish(versions(thingIn(1), 1))
  await consume(
    {
      prepareDeadlineMs: 40,
      async prepare(events, signal) {
        if (!events.some(({ sequence }) => sequence === 1)) return noteEffects
        signal.addEventListener('abort', () => reasons.push(signal.reason))
        // Ends for no signal.
        return await new Promise<never>(() => {})
      },
    },
    { retry },
  )
  await until(() => reasons.length > 0, { timeoutMs, what: 'the first attempt' })
  await bus.publish(versions(thingIn(1), 1, 2))
  await untilEffects(db, 1)
  t.equal(reasons.length, 20)
  const [letter] = (await deadLetters()).map(headersOf)
  t.match(letter, {
    dlq_attempts: '20',
    dlq_error_class: 'HandlerTimeoutError',
    dlq_reason: 'the handler did not end its preparation within 40 ms',
  })
})

t.test('a preparation that ends by the signal is told from one that fails by itself', async (t) => {
  const { db, bus, consume, versions, deadLetters } = await prepare(t)
  await bus.publish(versions(thingIn(1), 2))
  await consume(
    {
      prepareDeadlineMs: 40,
      async prepare(events, signal) {
        if (events.some(({ sequence }) => sequence === 1)) await new Promise((_, reject) => signal.addEventListener('abort', reject))
        return noteEffects
      },
    },
    { retry },
  )
  await untilEffects(db, 1)
  t.match((await deadLetters()).map(headersOf), [{ dlq_error_class: 'HandlerTimeoutError' }])
})

t.test('a transaction that takes too long is a failed attempt, rolled back, and its event is given up in the end', async (t) => {
  const { db, bus, consume, versions, deadLetters } = await prepare(t)
  const hangs = [
    () => new Promise<never>(() => {}),
    (tx: Parameters<typeof noteEffects>[1]) => tx.sql`select pg_sleep(3600) from set_config('statement_timeout', '0', true)`,
  ]
  await bus.publish(versions(thingIn(1), hangs.length))
  await consume(
    {
      applyDeadlineMs: 200,
      async handle(events, tx) {
        await noteEffects(events, tx)
        for (const { sequence } of events) await hangs[(sequence ?? 0) - 1]?.(tx)
      },
    },
    { retry },
  )
  await bus.publish(versions(thingIn(1), 2, hangs.length + 1))
  await untilEffects(db, 2)
  t.strictSame(await effectsOf(db), [3, 4])
  const letters = (await deadLetters()).map(headersOf)
  t.match(
    letters,
    upTo(2).map(() => ({
      dlq_attempts: '20',
      dlq_error_class: 'HandlerTimeoutError',
      dlq_reason: 'the handler did not end its transaction within 200 ms',
    })),
  )
  t.equal(letters.length, 2)
  const idle = async () =>
    (await db.sql`select from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`)
      .length === 0
  await until(idle, { timeoutMs, what: 'the end of every transaction that hung' })
})

t.test('the signal reaches a preparation whose partition is lost, and the attempt does not count', async (t) => {
  const { db, busDatabaseUrl, bus, consume, versions, metric } = await prepare(t)
  const signals: AbortSignal[] = []
  await bus.publish(versions(thingIn(1), 1))
  await consume({
    async prepare(_, signal) {
      signals.push(signal)
      if (signals.length === 1) await new Promise<never>(() => {})
      return noteEffects
    },
  })
  await until(() => signals.length === 1, { timeoutMs, what: 'the preparation' })
  await dropConnections(busDatabaseUrl)
  await untilEffects(db, 1)
  t.equal(signals[0]?.aborted, true)
  t.equal(signals[1]?.aborted, false)
  t.equal(await metric('crm_consumer_failed_total'), 0)
})

t.test('what was made for a preparation is left to the garbage collector after it', async (t) => {
  const { bus, consume, versions, metric } = await prepare(t)
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const signals: WeakRef<AbortSignal>[] = []
  await consume({
    async prepare(_, signal) {
      signals.push(new WeakRef(signal))
      return async () => {}
    },
  })
  for (const version of upTo(30)) {
    await bus.publish(versions(thingIn(1), 1, version))
    await until(async () => (await metric('crm_consumer_processed_total')) === version, { timeoutMs, what: 'the event' })
  }
  const left = async () => {
    await soon()
    collectGarbage()
    return signals.filter((signal) => signal.deref()).length
  }
  await until(async () => (await left()) <= 2, { timeoutMs, what: 'the end of all signals but the last' })
})
