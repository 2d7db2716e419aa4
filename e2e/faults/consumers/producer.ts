import type { Teardown } from '@crm/testing/processes.ts'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { BusMessage } from '../../../packages/events/src/bus/bus.ts'

/** Stores messages in their topics, those of one key in the order given. */
export type Publish = (messages: readonly BusMessage[]) => Promise<void>

/** An ordinary producer, which knows nothing of the product; disconnected at teardown. */
export async function connectProducer(t: Teardown, brokers: string): Promise<Publish> {
  const kafka = new Kafka({ clientId: 'test-producer', brokers: [brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  t.teardown(() => producer.disconnect())
  return async (messages) => {
    const topics = Map.groupBy(messages, ({ topic }) => topic)
    const topicMessages = [...topics].map(([topic, own]) => ({
      topic,
      messages: own.map(({ key, value, headers }) => ({ key, value, headers })),
    }))
    await producer.sendBatch({ acks: -1, topicMessages })
  }
}
