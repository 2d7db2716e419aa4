import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { createEmbeddedBus } from '../../../src/bus/embedded/embedded-bus.ts'
import { collect, textOf } from '../../fixtures/collector.ts'
import { openBusDatabase } from '../../fixtures/databases.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'

const timeoutMs = 30_000
const topic = 'thing.changed'
const group = 'test.behind'

async function prepare(t: Test) {
  const { db } = await openBusDatabase(t)
  const bus = createEmbeddedBus({ db, logger: recordingLogger().logger, pollMs: 20 })
  t.teardown(() => bus.close())
  await bus.createTopics([topic])
  await bus.publish(numbers(10).map((value) => message(topic, keyOf(1), value)))
  const prune = (before: number) => db.sql`delete from records where record_offset < ${before}`
  return { bus, prune }
}

t.test('records that were pruned before a group had done them are an error in its log, with their place', async (t) => {
  const { bus, prune } = await prepare(t)
  const before = await collect(bus, { group, topics: [topic], decide: () => ({ next: 2, pauseMs: 60_000 }) })
  await until(() => before.records.length > 0, { timeoutMs, what: 'a delivery' })
  await before.subscription.stop()
  t.strictSame(before.lines, [])
  await prune(7)
  const { records, lines } = await collect(bus, { group, topics: [topic] })
  await until(() => records.length === 3, { timeoutMs, what: 'what is left' })
  t.strictSame(records.map(textOf), ['7', '8', '9'])
  t.match(lines, [
    {
      level: 'error',
      message: /^records were deleted before the consumer group had done them/,
      bindings: { group, topic, partition: 1, expected: 2, first: 7, lost: 5 },
    },
  ])
  t.equal(lines.length, 1)
})

t.test('records that are pruned while a partition rests are an error in its log, once', async (t) => {
  const { bus, prune } = await prepare(t)
  const { records, lines } = await collect(bus, {
    group,
    topics: [topic],
    decide: ({ records: [first] }) => ({ next: first?.offset ?? 0, pauseMs: 20 }),
  })
  await until(() => records.length > 10, { timeoutMs, what: 'a second delivery' })
  await prune(4)
  await until(() => lines.length > 0, { timeoutMs, what: 'the loss' })
  const sinceThen = records.length
  await until(() => records.length > sinceThen + 12, { timeoutMs, what: 'further deliveries of the rest' })
  t.match(lines, [{ level: 'error', bindings: { expected: 0, first: 4 } }])
  t.equal(lines.length, 1)
})

t.test('a new group that begins with the earliest record kept has lost nothing', async (t) => {
  const { bus, prune } = await prepare(t)
  await prune(7)
  const { records, lines } = await collect(bus, { group, topics: [topic] })
  await until(() => records.length === 3, { timeoutMs, what: 'what is left' })
  t.strictSame(lines, [])
})
