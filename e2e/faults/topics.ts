import { randomUUID } from 'node:crypto'
import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs'

/** A record of a topic, as an ordinary reader sees it. */
export interface TopicRecord {
  topic: string
  partition: number
  offset: number
  key: string
  /** `ce_id`: the same event has the same id, however often it was sent. */
  id: string
  /** `ce_sequence`: the record's version; NaN where there is none. */
  sequence: number
}

/** Every record of a topic as it is at the time of the call, partition after partition, in order within each. */
export async function readTopic(brokers: string, topic: string): Promise<TopicRecord[]> {
  const kafka = client(brokers)
  const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic))
  const missing = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]))
  const records: TopicRecord[] = []
  if (missing.size === 0) return records
  const all = Promise.withResolvers<void>()
  const consumer = kafka.consumer({ groupId: `test.reader-${randomUUID()}`, sessionTimeout: 6_000, maxWaitTimeInMs: 100 })
  consumer.on(consumer.events.CRASH, ({ payload }) => all.reject(payload.error))
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const eachBatch = async ({ batch }: EachBatchPayload) => {
      const { partition, messages } = batch
      for (const { offset, key, headers } of messages) {
        const at = Number(offset)
        if (at >= (missing.get(partition) ?? 0)) continue
        const [id, sequence] = [headers?.ce_id, headers?.ce_sequence]
        records.push({ topic, partition, offset: at, key: String(key), id: String(id), sequence: Number(sequence ?? Number.NaN) })
      }
      if (Number(batch.lastOffset()) + 1 >= (missing.get(partition) ?? Number.POSITIVE_INFINITY)) missing.delete(partition)
      if (missing.size === 0) all.resolve()
    }
    await consumer.run({ eachBatch, autoCommit: false, partitionsConsumedConcurrently: 6 })
    await all.promise
  } finally {
    await consumer.disconnect()
  }
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

/** How many records of the topics the group has not done yet; all of them where it has committed nothing. */
export async function groupLag(brokers: string, group: string, topics: readonly string[]): Promise<number> {
  return await withAdmin(client(brokers), async (admin) => {
    const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
    let lag = 0
    for (const { topic, partitions } of committed) {
      const done = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]))
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        lag += Number(high) - Math.max(Number(low), done.get(partition) ?? 0)
      }
    }
    return lag
  })
}

function client(brokers: string): Kafka {
  return new Kafka({ clientId: 'reader', brokers: [brokers], logLevel: logLevel.NOTHING })
}

async function withAdmin<T>(kafka: Kafka, work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}
