import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import type { BusRecord } from '../../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../../src/bus/embedded/embedded-bus.ts'
import { collect, textOf } from '../../fixtures/collector.ts'
import { openBusDatabase } from '../../fixtures/databases.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'

const timeoutMs = 30_000
const topic = 'thing.changed'

async function prepare(t: Test) {
  const { db } = await openBusDatabase(t)
  const bus = createEmbeddedBus({ db, logger: recordingLogger().logger, pollMs: 50 })
  t.teardown(() => bus.close())
  await bus.createTopics([topic])
  const prune = async (partition: number, before: number) => {
    await db.sql`delete from records where topic = ${topic} and partition = ${partition} and record_offset < ${before}`
  }
  return { bus, prune }
}

t.test('a reader gets 2,000 records and 8 MB at once at most', async (t) => {
  const { bus } = await prepare(t)
  await bus.publish(numbers(4_500).map((value) => message(topic, keyOf(1), value)))
  const megabyte = 'x'.repeat(1024 * 1024)
  for (const value of numbers(12)) await bus.publish([message(topic, keyOf(2), value + megabyte)])
  const sizes: [number | undefined, number][] = []
  const read: BusRecord[] = []
  await bus.read(topic, (records) => {
    sizes.push([records[0]?.partition, records.length])
    read.push(...records)
  })
  t.strictSame(sizes, [
    [1, 2_000],
    [1, 2_000],
    [1, 500],
    [2, 8],
    [2, 4],
  ])
  t.strictSame(read.slice(0, 4_500).map(textOf), numbers(4_500))
})

t.test('a topic is read from the earliest records kept, also those pruned in the middle', async (t) => {
  const { bus, prune } = await prepare(t)
  const offsets: string[] = []
  const read = (then?: () => Promise<void>) =>
    bus.read(topic, async (records) => {
      offsets.push(...records.map((record) => `${record.partition}/${record.offset}`))
      await then?.()
    })
  await bus.publish(numbers(10).flatMap((value) => [1, 2, 3].map((partition) => message(topic, keyOf(partition), value))))
  await prune(1, 8)
  await prune(2, 10)
  await read(() => prune(3, 9))
  t.strictSame(offsets.splice(0), ['1/8', '1/9', '3/9'])
  await read(() => prune(3, 10))
  t.strictSame(offsets.splice(0), ['1/8', '1/9'], 'a partition of which nothing is left ends the reading all the same')
  for (const partition of [1, 2, 3]) await prune(partition, 10)
  await read()
  t.strictSame(offsets, [])
})

t.test('pruned records are no lag, whether the group was behind them or has committed nothing', async (t) => {
  const { bus, prune } = await prepare(t)
  const group = 'test.behind'
  await bus.publish(numbers(10).map((value) => message(topic, keyOf(1), value)))
  const { subscription } = await collect(bus, { group, topics: [topic], decide: () => ({ next: 2, pauseMs: 60_000 }) })
  const lagOf = async (of: string) => (await bus.lag(of, [topic])).get(topic)
  await until(async () => (await lagOf(group)) === 8, { timeoutMs, what: 'a lag of 8' })
  await subscription.stop()
  for (const [before, left] of [
    [7, 3],
    [10, 0],
  ] as const) {
    await prune(1, before)
    t.strictSame([await lagOf(group), await lagOf('test.new')], [left, left], `pruned before ${before}`)
  }
})
