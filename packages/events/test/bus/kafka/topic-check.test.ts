import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { partitionsPerTopic } from '../../../src/bus/bus.ts'
import { foreignAdmin } from './foreign-client.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const dayMs = 24 * 60 * 60 * 1_000

t.test('a topic that exists with other partitions or retention is told once, with both, and left as it is', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus, lines } = openKafkaBus(t, brokers)
  const admin = await foreignAdmin(t, brokers)
  const names = () => uniqueNames().topic
  const [few, short, forEver, own, right] = [names(), names(), `${names()}.dlq.${names()}`, names(), names()]
  const settings = (topic: string, numPartitions: number, retentionMs: number) => ({
    ...{ topic, numPartitions, replicationFactor: 1 },
    configEntries: [{ name: 'retention.ms', value: String(retentionMs) }],
  })
  await admin.createTopics({
    topics: [
      settings(few, 3, 7 * dayMs),
      settings(short, partitionsPerTopic, dayMs),
      settings(forEver, partitionsPerTopic, -1),
      settings(right, partitionsPerTopic, 7 * dayMs),
    ],
  })
  const all = [few, short, forEver, own, right]
  for (let n = 0; n < 3; n++) await bus.createTopics(all)
  const warnings = lines.filter(({ level }) => level === 'warn')
  const wanted = { wantedPartitions: partitionsPerTopic, wantedRetentionMs: 7 * dayMs }
  const expected = [
    { topic: few, partitions: 3, retentionMs: 7 * dayMs, ...wanted },
    { topic: short, partitions: partitionsPerTopic, retentionMs: dayMs, ...wanted },
    { topic: forEver, partitions: partitionsPerTopic, retentionMs: -1, ...wanted, wantedRetentionMs: 30 * dayMs },
  ]
  const byTopic = (a: Record<string, unknown>, b: Record<string, unknown>) => String(a.topic).localeCompare(String(b.topic))
  t.strictSame(warnings.map(({ bindings }) => bindings).sort(byTopic), expected.sort(byTopic))
  t.match(
    warnings.find(({ bindings }) => bindings.topic === few)?.message,
    /has 3 partitions and keeps records for 604800000 ms, instead of 6 and 604800000 ms/,
  )
  const { topics } = await admin.fetchTopicMetadata({ topics: [few] })
  t.equal(topics[0]?.partitions.length, 3)
})
