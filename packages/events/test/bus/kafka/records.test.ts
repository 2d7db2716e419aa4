import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { partitionsPerTopic } from '../../../src/bus/bus.ts'
import { collect } from '../../fixtures/collector.ts'
import { numbers } from '../../fixtures/messages.ts'
import { foreignAdmin, foreignClient, foreignProducer } from './foreign-client.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000

/** Partition by key, as an ordinary consumer sees them. */
async function partitionsByKey(t: Test, brokers: string, topic: string, count: number): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const consumer = foreignClient(brokers).consumer({ groupId: `${topic}.reader`, sessionTimeout: 6_000, maxWaitTimeInMs: 100 })
  t.teardown(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ partition, message }) => void found.set(String(message.key), partition) })
  await until(() => found.size === count, { timeoutMs, what: `${count} keys` })
  return found
}

t.test('records land in the partitions that the default partitioner chooses', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const [ours, theirs] = [uniqueNames().topic, uniqueNames().topic]
  await bus.createTopics([ours, theirs])
  const keys = [...numbers(300).map((n) => `key-${n}`), 'ä', '漢字', 'abc', 'foobar', '21']
  await bus.publish(keys.map((key) => ({ topic: ours, key: Buffer.from(key), value: Buffer.from('x'), headers: {} })))
  const producer = await foreignProducer(t, brokers)
  await producer.send({ topic: theirs, messages: keys.map((key) => ({ key, value: 'x' })) })

  const placed = await partitionsByKey(t, brokers, ours, keys.length)
  t.strictSame([...placed].sort(), [...(await partitionsByKey(t, brokers, theirs, keys.length))].sort())
  t.equal(new Set(placed.values()).size, partitionsPerTopic, 'all partitions are used')
  // Hashes of the Java client: 479470107, -790332482 and -973932308, made positive.
  t.match(Object.fromEntries(placed), { abc: 479470107 % 6, foobar: (-790332482 & 0x7fffffff) % 6, 21: (-973932308 & 0x7fffffff) % 6 })
})

t.test('headers of any producer arrive as bytes: the last of those with one name, text as UTF-8', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  const producer = await foreignProducer(t, brokers)
  const odd = Buffer.from([0, 255, 254])
  await producer.send({ topic, messages: [{ key: 'a', value: null, headers: { text: 'grün', odd, twice: ['first', 'last'] } }] })
  const { records } = await collect(bus, { group, topics: [topic] })
  await until(() => records.length === 1, { timeoutMs, what: 'the record' })
  t.strictSame(records[0]?.headers, { text: Buffer.from('grün'), odd, twice: Buffer.from('last') })
})

t.test('topics are made with their partitions, retention and replicas', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const { topic, group } = uniqueNames()
  const deadLetters = `${topic}.dlq.${group}`
  await bus.createTopics([topic, deadLetters])
  const admin = await foreignAdmin(t, brokers)
  const settings = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [topic, deadLetters].map((name) => ({ type: 2, name })),
  })
  const settingOf = (name: string, setting: string) =>
    settings.resources.find((one) => one.resourceName === name)?.configEntries.find((entry) => entry.configName === setting)?.configValue
  const day = 24 * 60 * 60 * 1000
  t.equal(settingOf(topic, 'retention.ms'), String(7 * day))
  t.equal(settingOf(deadLetters, 'retention.ms'), String(30 * day))
  t.equal(settingOf(topic, 'min.insync.replicas'), '1', 'on one broker')
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  t.equal(topics[0]?.partitions.length, partitionsPerTopic)
})
