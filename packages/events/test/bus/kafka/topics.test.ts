import { randomBytes } from 'node:crypto'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import type { BusRecord } from '../../../src/bus/bus.ts'
import { topicConfig } from '../../../src/bus/kafka/topics.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

t.test('a topic has a replica on each of up to three brokers, and one may be missing', async (t) => {
  for (const [brokers, replicas, inSync] of [
    [1, 1, '1'],
    [2, 2, '1'],
    [3, 3, '2'],
    [5, 3, '2'],
  ] as const) {
    const { replicationFactor, configEntries = [] } = topicConfig('lead.created', brokers)
    t.equal(replicationFactor, replicas, `${brokers} brokers`)
    t.match(configEntries, [{}, { name: 'min.insync.replicas', value: inSync }])
  }
})

t.test('the largest record that a topic takes fits into its dead letter topic with 2 KB of headers more', needsKafka, async (t) => {
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic, group } = uniqueNames()
  const deadLetters = `${topic}.dlq.${group}`
  await bus.createTopics([topic, deadLetters])
  const sized = (name: string, bytes: number, headers = {}) => ({
    topic: name,
    key: Buffer.from('key'),
    // Of no pattern: a large one is compressed.
    value: randomBytes(bytes),
    headers,
  })
  const fits = (bytes: number) =>
    bus.publish([sized(topic, bytes)]).then(
      () => true,
      () => false,
    )
  let [largest, tooLarge] = [1024 * 1024 - 1024, 1024 * 1024 + 1024]
  t.strictSame([await fits(largest), await fits(tooLarge)], [true, false])
  while (tooLarge - largest > 1) {
    const middle = Math.floor((largest + tooLarge) / 2)
    if (await fits(middle)) largest = middle
    else tooLarge = middle
  }
  const headers = { dlq_reason: Buffer.alloc(2_048, 2) }
  await bus.publish([sized(deadLetters, largest, headers), sized(deadLetters, 1)])
  const read: BusRecord[] = []
  await bus.read(deadLetters, (records) => void read.push(...records))
  t.strictSame(
    read.map((record) => [record.value?.length, record.headers.dlq_reason?.length]),
    [
      [largest, 2_048],
      [1, undefined],
    ],
  )
})
