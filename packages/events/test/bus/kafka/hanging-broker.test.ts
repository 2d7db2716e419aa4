import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { collect, textOf } from '../../fixtures/collector.ts'
import { message } from '../../fixtures/messages.ts'
import { insist } from '../../fixtures/outages.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 60_000
/** What is promised, 6 s, and as much again for a machine that is busy. */
const publishLimitMs = 12_000

t.test(
  'a broker that hangs is named as that by every call, and holds no publish for long, however many there are',
  needsKafka,
  async (t) => {
    const kafka = await startTestKafka(t)
    const { topic, group } = uniqueNames()
    const { bus } = openKafkaBus(t, kafka.brokers)
    await bus.createTopics([topic])
    await bus.publish([message(topic, 'key', '0')])
    await bus.listTopics()
    process.kill(kafka.pid(), 'SIGSTOP')
    const unavailable = { name: 'KafkaUnavailableError' }
    await t.rejects(bus.listTopics(), unavailable)
    for (const attempt of [1, 2, 3]) {
      const since = performance.now()
      await t.rejects(bus.publish([message(topic, 'key', '1')]), unavailable)
      const tookMs = Math.round(performance.now() - since)
      t.ok(tookMs < publishLimitMs, `attempt ${attempt} was rejected after ${tookMs} ms`)
    }
    await t.rejects(bus.createTopics([uniqueNames().topic]), unavailable)
    process.kill(kafka.pid(), 'SIGCONT')
    for (const value of ['1', '2']) await insist(() => bus.publish([message(topic, 'key', value)]), 5_000)
    const { records } = await collect(bus, { group, topics: [topic] })
    await until(() => records.map(textOf).includes('2'), { timeoutMs, what: 'the last record' })
    const values = records.map(textOf)
    t.strictSame([...new Set(values)], ['0', '1', '2'])
    t.strictSame(values, values.toSorted(), 'what was given up does not come late')
  },
)
