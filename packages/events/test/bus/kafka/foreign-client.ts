import { type Admin, Kafka, logLevel, Partitioners, type Producer, type ProducerConfig } from 'kafkajs'
import type { Test } from 'tap'

/** A client as another program would have it: nothing of ours. */
export function foreignClient(brokers: string): Kafka {
  return new Kafka({ clientId: 'foreign', brokers: [brokers], logLevel: logLevel.NOTHING })
}

export async function foreignAdmin(t: Test, brokers: string): Promise<Admin> {
  const admin = foreignClient(brokers).admin()
  t.teardown(() => admin.disconnect())
  await admin.connect()
  return admin
}

export async function foreignProducer(t: Test, brokers: string, config: ProducerConfig = {}): Promise<Producer> {
  const producer = foreignClient(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config })
  t.teardown(() => producer.disconnect())
  await producer.connect()
  return producer
}

/** Deletes a partition's records before an offset, as retention does. */
export async function prune(admin: Admin, { topic, partition, before }: { topic: string; partition: number; before: number }) {
  // The client deletes only in partitions that it has heard of.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
}
