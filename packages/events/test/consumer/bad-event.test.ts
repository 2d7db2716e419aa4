import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { partitionsPerTopic } from '../../src/bus/bus.ts'
import { partitionOf } from '../../src/bus/partitioner.ts'
import type { BackoffRange } from '../../src/timing/backoff.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { headersOf, prepare, thingsEverywhere, timeoutMs, untilEffects, upTo } from './prepare.ts'

const total = 498
const things = thingsEverywhere()
const each = total / partitionsPerTopic
const bad = { thingId: things[2] ?? '', version: 40 }

/** As many events in each partition, one of which no attempt will handle. */
async function consumeOneBad(t: Test, retry: BackoffRange) {
  const prepared = await prepare(t)
  const { bus, consume, versions } = prepared
  const attempts: number[] = []
  await bus.publish(things.flatMap((thingId) => versions(thingId, each)))
  const consumer = await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      if (!events.some(({ recordId, sequence }) => recordId === bad.thingId && sequence === bad.version)) return
      attempts.push(events.length)
      throw new Error('always')
    },
    { retry },
  )
  return { ...prepared, consumer, attempts }
}

t.test('of 498 events one is bad: while it is tried, all others have their effect but those behind it in its partition', async (t) => {
  // Rests for ever, as far as this test goes.
  const { db, bus, versions, attempts, consumer, metric } = await consumeOneBad(t, { baseMs: 600_000, maxMs: 600_000 })
  await untilEffects(db, total - each + bad.version - 1)
  await until(() => attempts.length === 2, { timeoutMs, what: 'an attempt alone' })
  for (const thingId of things) t.strictSame(await effectsOf(db, thingId), upTo(thingId === bad.thingId ? bad.version - 1 : each))
  await bus.publish(things.flatMap((thingId) => versions(thingId, 5, each + 1)))
  await untilEffects(db, total - each + bad.version - 1 + 5 * (things.length - 1))
  t.strictSame(await effectsOf(db, bad.thingId), upTo(bad.version - 1), 'its partition rests')
  t.equal(attempts.length, 2)
  t.ok((attempts[0] ?? 0) > 1, 'it came with others first')
  t.equal(attempts[1], 1)
  await consumer.stop()
  t.equal(await metric('crm_consumer_duplicates_total'), 0)
})

t.test('of 498 events one is bad: in the end all others have had their effect once, in order, and it alone is a dead letter', async (t) => {
  const { db, group, bus, topic, attempts, deadLetters, metric } = await consumeOneBad(t, { baseMs: 2, maxMs: 10 })
  await untilEffects(db, total - 1)
  for (const thingId of things) {
    const versions = upTo(each).filter((version) => thingId !== bad.thingId || version !== bad.version)
    t.strictSame(await effectsOf(db, thingId), versions)
  }
  t.equal(attempts.filter((size) => size === 1).length, 5)
  const letters = await deadLetters()
  t.equal(letters.length, 1)
  t.match(letters.map(headersOf), [{ dlq_offset: String(bad.version - 1), dlq_attempts: '5', ce_subject: bad.thingId }])
  t.equal(letters[0]?.partition, partitionOf(Buffer.from(bad.thingId), partitionsPerTopic))
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
  t.equal(await metric('crm_consumer_processed_total'), total - 1)
})
