import { testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { PermanentError, RetryableError } from '../../src/consumer/errors.ts'
import { connect } from '../fixtures/databases.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { onBothBuses } from './on-buses.ts'
import { type Handle, headersOf, prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

// On Kafka they wait most of the time: a partition that rests is fetched again within half a second.
t.jobs = 4

const retry = { baseMs: 5, maxMs: 20 }

onBothBuses(
  testKafka,
  'a handler that fails three times and then works has one effect per event, in order, while other partitions go on',
  async (t, place) => {
    const { db, bus, topic, group, lines, consume, message, versions, metric } = await prepare(t, place)
    const [bad, good] = [thingIn(1), thingIn(2)]
    const gate = Promise.withResolvers<void>()
    let failures = 0
    await consume(
      async (events, tx) => {
        await noteEffects(events, tx)
        if (events.some(({ recordId, sequence }) => recordId === bad && sequence === 1) && failures < 3) {
          failures++
          // The third attempt ends after the other partition has gone on.
          if (failures === 3) await gate.promise
          throw new TypeError('a defect in the handler')
        }
      },
      { retry },
    )
    await bus.publish([message({ thingId: bad })])
    await until(() => failures === 3, { timeoutMs, what: 'the third attempt' })
    await bus.publish([...versions(bad, 9, 2), ...versions(good, 10)])
    await untilEffects(db, 10, good)
    gate.resolve()
    await untilEffects(db, 10, bad)
    t.strictSame([await effectsOf(db, bad), await effectsOf(db, good)], [upTo(10), upTo(10)])
    t.equal(await metric('crm_consumer_failed_total'), 3)
    t.equal(await metric('crm_consumer_retried_total'), 3)
    t.match(
      lines.filter(({ level }) => level === 'error').map(({ bindings }) => bindings),
      [1, 2, 3].map((attempt) => ({ group, topic, partition: 1, offset: 0, attempt, eventId: /^[0-9a-f-]{36}$/, err: TypeError })),
    )
  },
)

for (const { error, attempts, errorClass } of [
  { error: () => new Error('always'), attempts: 5, errorClass: 'Error' },
  { error: () => new RetryableError('always'), attempts: 20, errorClass: 'RetryableError' },
  { error: () => new PermanentError('always'), attempts: 1, errorClass: 'PermanentError' },
]) {
  onBothBuses(
    testKafka,
    `after ${attempts} attempts, by ${errorClass}, an event is a dead letter, and those behind it are handled in order`,
    async (t, place) => {
      const { db, bus, topic, group, consume, message, versions, deadLetters, metric } = await prepare(t, place)
      const bad = thingIn(3)
      let calls = 0
      const gate = Promise.withResolvers<void>()
      await consume(
        async (events, tx) => {
          await noteEffects(events, tx)
          if (!events.some(({ sequence }) => sequence === 1)) return
          calls++
          await gate.promise
          throw error()
        },
        { retry },
      )
      const first = message({ thingId: bad })
      await bus.publish([first])
      await until(() => calls === 1, { timeoutMs, what: 'the first attempt, alone' })
      await bus.publish(versions(bad, 5, 2))
      gate.resolve()
      await untilEffects(db, 5)
      t.equal(calls, attempts)
      t.strictSame(await effectsOf(db), [2, 3, 4, 5, 6])
      const [letter, ...more] = await deadLetters()
      t.strictSame(more, [])
      if (!letter) return
      t.strictSame([letter.key, letter.value], [first.key, first.value])
      const { dlq_id: id, dlq_time: time, ...headers } = headersOf(letter)
      t.match({ id, time }, { id: /^[0-9a-f]{12}$/, time: /^20\d\d-.*Z$/ })
      t.strictSame(headers, {
        ...headersOf({ ...letter, headers: first.headers }),
        dlq_reason: 'always',
        dlq_error_class: errorClass,
        dlq_attempts: String(attempts),
        dlq_group: group,
        dlq_topic: topic,
        dlq_partition: '3',
        dlq_offset: '0',
      })
      t.equal(await metric('crm_consumer_dead_lettered_total', { cause: attempts === 1 ? 'permanent' : 'attempts' }), 1)
    },
  )
}

onBothBuses(
  testKafka,
  'attempts and the pause before the next outlive a consumer, and the next one goes on with them',
  async (t, place) => {
    const { bus, db, lines, consume, message, versions, deadLetters } = await prepare(t, place)
    const thingId = thingIn(0)
    let calls = 0
    const handle: Handle = async (events, tx) => {
      await noteEffects(events, tx)
      if (!events.some(({ sequence }) => sequence === 1)) return
      calls++
      throw new Error('always')
    }
    const patient = { retry: { baseMs: 60_000, maxMs: 60_000 } }
    const waiting = () => lines.filter(({ message }) => /waits for the rest of the pause/.test(message))
    await bus.publish([message({ thingId })])
    for (const n of [1, 2, 3]) {
      const consumer = await consume(handle, patient)
      await until(async () => calls === n && (await attemptsIn(db)) === n, { timeoutMs, what: `attempt ${n}` })
      await consumer.stop()
      const hasty = await consume(handle, patient)
      await until(() => waiting().length === n, { timeoutMs, what: 'the rest of the pause' })
      await hasty.stop()
      t.equal(calls, n)
      await endPause(db)
    }
    t.match(waiting()[0], { level: 'info', bindings: { partition: 0, offset: 0, pauseMs: Number } })
    await bus.publish(versions(thingId, 1, 2))
    await consume(handle, { retry })
    await untilEffects(db, 1)
    t.equal(calls, 5)
    t.match((await deadLetters()).map(headersOf), [{ dlq_attempts: '5' }])
    t.equal((await deadLetters()).length, 1)
  },
)

t.test('attempts are counted anew for another event, and after a success', async (t) => {
  const { db, bus, lines, consume, message } = await prepare(t)
  const thingId = thingIn(0)
  let failing = 4
  await consume(async (events, tx) => {
    if (failing-- > 0) throw new Error('not yet')
    await noteEffects(events, tx)
  })
  for (const version of upTo(3)) {
    failing = 4
    await bus.publish([message({ thingId, version })])
    await untilEffects(db, version)
  }
  const attempts = lines.filter(({ level }) => level === 'error').map(({ bindings }) => bindings.attempt)
  t.strictSame(attempts, [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
  t.equal(await attemptsIn(db), 0)
})

t.test('a batch that fails is handled one by one at once, and none of its events has lost an attempt by that', async (t) => {
  const { db, bus, lines, consume, versions, deadLetters } = await prepare(t)
  const thingId = thingIn(0)
  const calls: number[][] = []
  await bus.publish(versions(thingId, 6))
  await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      calls.push(events.map(({ sequence }) => sequence ?? 0))
      if (events.some(({ sequence }) => sequence === 3)) throw new Error('always')
    },
    { retry },
  )
  await untilEffects(db, 5)
  t.strictSame(calls, [upTo(6), [1], [2], [3], [3], [3], [3], [3], [4], [5], [6]])
  t.strictSame(await effectsOf(db), [1, 2, 4, 5, 6])
  t.match((await deadLetters()).map(headersOf), [{ dlq_attempts: '5', dlq_offset: '2' }])
  const together = lines.filter(({ message }) => /handled together/.test(message))
  t.match(together, [{ level: 'warn', bindings: { offset: 0, records: 6, err: Error } }])
  t.equal(together.length, 1)
  await bus.publish(versions(thingId, 4, 7))
  await untilEffects(db, 9)
  t.strictSame(calls.at(-1), [7, 8, 9, 10], 'and the next come together again')
})

t.test('an event that was given up is tried again when an operator turns the offsets back', async (t) => {
  const { db, bus, busDatabaseUrl, consume, versions, deadLetters } = await prepare(t)
  await bus.publish(versions(thingIn(0), 2))
  const failing = await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      if (events.some(({ sequence }) => sequence === 2)) throw new PermanentError('not as it is')
    },
    { retry },
  )
  await until(async () => (await deadLetters()).length === 1, { timeoutMs, what: 'the dead letter' })
  await failing.stop()
  await connect(t, busDatabaseUrl).sql`delete from group_offsets`
  await consume(noteEffects)
  await untilEffects(db, 2)
  t.strictSame(await effectsOf(db), [1, 2])
  t.equal((await deadLetters()).length, 1)
})

/** Lets the time of the next attempt come. */
async function endPause({ sql }: Parameters<typeof effectsOf>[0]): Promise<void> {
  await sql`update consumer_partitions set retry_state = (retry_state::jsonb || '{"retryAt": 0}')::json where retry_state is not null`
}

/** The attempts at the record that is next. */
async function attemptsIn({ sql }: Parameters<typeof effectsOf>[0]): Promise<number> {
  const [row] = await sql<{ attempts: string }[]>`
    select retry_state->>'attempts' as attempts from consumer_partitions where retry_state is not null`
  return Number(row?.attempts ?? 0)
}
