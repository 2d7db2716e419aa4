import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import type { Bus } from '../../../src/bus/bus.ts'
import { collect, textOf } from '../../fixtures/collector.ts'
import { message, numbers } from '../../fixtures/messages.ts'
import { insist } from '../../fixtures/outages.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 60_000
/** Calls that were not given up would wait for as long as the broker is away. */
const notForEverMs = 30_000
const writers = numbers(4)

/** Publishes until told to stop, each writer in order, insisting on every record; resolves to how many records each one stored. */
function keepPublishing(bus: Bus, topic: string): { published(): number; stop(): Promise<number[]> } {
  let going = true
  let published = 0
  const counts = writers.map(async (writer) => {
    let count = 0
    for (; going; count++) {
      await insist(() => bus.publish([message(topic, writer, String(count))]), 5_000)
      published++
    }
    return count
  })
  return {
    published: () => published,
    stop: async () => {
      going = false
      return await Promise.all(counts)
    },
  }
}

t.test('a broker killed under publishing and consuming loses nothing, and the order of each key holds', needsKafka, async (t) => {
  const kafka = await startTestKafka(t)
  const { topic, group } = uniqueNames()
  const { bus } = openKafkaBus(t, kafka.brokers)
  await bus.createTopics([topic])
  const { records, lines } = await collect(bus, { group, topics: [topic] })
  const publishing = keepPublishing(bus, topic)
  for (const end of [kafka.kill, kafka.stop]) {
    const before = publishing.published()
    await until(() => publishing.published() > before + 200, { timeoutMs, what: 'records before the outage' })
    await end()
    await sleep(1_000)
    await kafka.start()
  }
  const before = publishing.published()
  await until(() => publishing.published() > before + 200, { timeoutMs, what: 'records after the outages' })
  const counts = await publishing.stop()
  const firstCome = (writer: string) => [...new Set(records.filter((record) => String(record.key) === writer).map(textOf))]
  await until(() => writers.every((writer, n) => firstCome(writer).length === counts[n]), { timeoutMs, what: 'every record' })
  for (const [n, writer] of writers.entries()) t.strictSame(firstCome(writer), numbers(counts[n] ?? 0), `writer ${writer}: all, in order`)
  const total = counts.reduce((sum, count) => sum + count)
  t.comment(`${total} records stored, ${records.length} delivered`)
  t.strictSame(
    lines.filter((line) => line.level === 'error'),
    [],
  )
})

t.test('while the broker is away, publishing and pings reject within seconds, and work again afterwards', needsKafka, async (t) => {
  const kafka = await startTestKafka(t)
  const { topic, group } = uniqueNames()
  const { bus } = openKafkaBus(t, kafka.brokers)
  await bus.createTopics([topic])
  await bus.publish([message(topic, 'key', 'before')])
  await kafka.kill()
  const rejection = { name: 'KafkaUnavailableError' }
  const since = performance.now()
  await t.rejects(bus.publish([message(topic, 'key', 'meanwhile')]), rejection)
  const publishMs = performance.now() - since
  await t.rejects(bus.ping(), rejection)
  t.ok(publishMs < notForEverMs, `rejected after ${Math.round(publishMs)} ms`)
  await t.rejects(collect(bus, { group, topics: [topic] }), { message: new RegExp(`Kafka at ${kafka.brokers} is not available`) })
  await kafka.start()
  await until(() => bus.ping().then(() => true), { timeoutMs, what: 'a ping' })
  await insist(() => bus.publish([message(topic, 'key', 'after')]), 5_000)
  const { records } = await collect(bus, { group, topics: [topic] })
  await until(() => records.length >= 2, { timeoutMs, what: 'both records' })
  t.strictSame([...new Set(records.map(textOf))], ['before', 'after'])
})

t.test('a broker that hangs does not hold a call for long, and no later record overtakes an earlier one', needsKafka, async (t) => {
  const kafka = await startTestKafka(t)
  const { topic, group } = uniqueNames()
  const { bus } = openKafkaBus(t, kafka.brokers)
  await bus.createTopics([topic])
  await bus.publish([message(topic, 'key', '0')])
  process.kill(kafka.pid(), 'SIGSTOP')
  const since = performance.now()
  await t.rejects(bus.ping(), { name: 'KafkaUnavailableError' })
  const pingMs = performance.now() - since
  await t.rejects(bus.publish([message(topic, 'key', '1')]))
  const publishMs = performance.now() - since - pingMs
  t.ok(
    pingMs < notForEverMs && publishMs < notForEverMs,
    `ping rejected after ${Math.round(pingMs)} ms, publish after ${Math.round(publishMs)} ms`,
  )
  process.kill(kafka.pid(), 'SIGCONT')
  for (const value of ['1', '2', '3']) await insist(() => bus.publish([message(topic, 'key', value)]), 5_000)
  const { records } = await collect(bus, { group, topics: [topic] })
  await until(() => records.map(textOf).includes('3'), { timeoutMs, what: 'the last record' })
  t.strictSame([...new Set(records.map(textOf))], ['0', '1', '2', '3'])
})
