import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { collect, nextOf, textOf } from '../../fixtures/collector.ts'
import type { LogLine } from '../../fixtures/logger.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'
import { foreignAdmin, prune } from './foreign-client.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000
const errors = (lines: LogLine[]) => lines.filter(({ level }) => level === 'error')

async function prepare(t: Test) {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  await bus.publish(numbers(10).map((value) => message(topic, keyOf(1), value)))
  const admin = await foreignAdmin(t, brokers)
  return { bus, topic, group, prune: (before: number) => prune(admin, { topic, partition: 1, before }) }
}

t.test('records that were pruned before a group had done them are an error in its log, with their place', needsKafka, async (t) => {
  const { bus, topic, group, prune } = await prepare(t)
  const before = await collect(bus, { group, topics: [topic], decide: () => ({ next: 2, pauseMs: 60_000 }) })
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 8, { timeoutMs, what: 'a lag of 8' })
  await before.subscription.stop()
  t.strictSame(errors(before.lines), [])
  await prune(7)
  const { records, lines } = await collect(bus, { group, topics: [topic] })
  await until(() => records.length === 3, { timeoutMs, what: 'what is left' })
  t.strictSame(records.map(textOf), ['7', '8', '9'])
  t.match(errors(lines), [
    {
      message: /^records were deleted before the consumer group had done them/,
      bindings: { group, topic, partition: 1, expected: 2, first: 7, lost: 5 },
    },
    { message: /^the offset that the consumer group would go on from is not in the topic/ },
  ])
  t.equal(errors(lines).length, 2)
})

t.test('records that are pruned while a partition rests are an error in its log', needsKafka, async (t) => {
  const { bus, topic, group, prune } = await prepare(t)
  const { records, lines } = await collect(bus, {
    group,
    topics: [topic],
    decide: (batch) => ((batch.records[0]?.offset ?? 0) >= 7 ? { next: nextOf(batch), pauseMs: 0 } : { next: 2, pauseMs: 500 }),
  })
  await until(() => records.length > 0, { timeoutMs, what: 'a delivery' })
  await prune(7)
  await until(() => records.slice(-3).map(textOf).join() === '7,8,9' && errors(lines).length > 0, { timeoutMs, what: 'the rest' })
  t.match(errors(lines), [
    { message: /^the offset that the consumer group would go on from is not in the topic/, bindings: { group, topic, partition: 1 } },
  ])
})

t.test('a new group that begins with the earliest record kept has lost nothing', needsKafka, async (t) => {
  const { bus, topic, group, prune } = await prepare(t)
  await prune(7)
  const { records, lines } = await collect(bus, { group, topics: [topic] })
  await until(() => records.length === 3, { timeoutMs, what: 'what is left' })
  t.strictSame(errors(lines), [])
})
