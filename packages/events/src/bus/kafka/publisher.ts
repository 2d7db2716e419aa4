import type { Message, Producer } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { settledWithin } from '../../timing/within.ts'
import { type BusMessage, UnknownTopicError } from '../bus.ts'
import { partitionOf } from '../partitioner.ts'
import type { AdminClient } from './admin.ts'
import { createClient, type KafkaConnection } from './client.ts'
import { describeOutage } from './outage.ts'
import { missingTopics } from './topics.ts'

export interface Publisher {
  /** See Bus. Rejects within some 10 s when the brokers hang, at once when they are gone. */
  publish(messages: readonly BusMessage[]): Promise<void>
  /** Says that topics exist, which saves asking for them. */
  topicsExist(names: Iterable<string>): void
  /** Never rejects. */
  close(): Promise<void>
}

// All replicas in sync acknowledge.
const acks = -1
const patience = { connectMs: 2_000, requestMs: 4_000, retries: 1 }
// The broker gives up waiting for replicas before we give up waiting for the broker.
const acknowledgeMs = 3_000
const disconnectMs = 3_000

/**
 * One request at a time per broker and connection, so that what is sent first is stored first. Not idempotent in Kafka's sense: kafkajs
 * loses its sequence after a failed send. The connection is kept after a timeout: on another one, a repetition could overtake.
 */
export function createPublisher(connection: KafkaConnection, admin: AdminClient, logger: EventLogger): Publisher {
  const known = new Set<string>()
  const producer: Producer = createClient(connection, patience, logger).producer({
    maxInFlightRequests: 1,
    idempotent: false,
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message, partitionMetadata }) =>
        partitionOf(keyBytes(message), partitionMetadata.length),
  })
  let connected: Promise<void> | undefined

  async function connect(): Promise<void> {
    connected ??= producer.connect()
    const attempt = connected
    await attempt.catch((error: unknown) => {
      if (connected === attempt) connected = undefined
      throw error
    })
  }

  async function requireTopics(names: Iterable<string>): Promise<void> {
    const unseen = [...names].filter((name) => !known.has(name))
    if (unseen.length === 0) return
    const missing = await admin.use((client) => missingTopics(client, unseen))
    if (missing.length > 0) throw new UnknownTopicError(`nothing was published: these topics do not exist: ${missing.join(', ')}`)
    for (const name of unseen) known.add(name)
  }

  return {
    async publish(messages) {
      if (messages.length === 0) return
      const byTopic = Map.groupBy(messages, (message) => message.topic)
      await requireTopics(byTopic.keys())
      const topicMessages = [...byTopic].map(([topic, own]) => ({ topic, messages: own.map(toKafka) }))
      try {
        await connect()
        await producer.sendBatch({ acks, timeout: acknowledgeMs, topicMessages })
      } catch (error) {
        // A topic may have been deleted since: ask again before the next.
        known.clear()
        throw describeOutage(error, connection.brokers)
      }
    },
    topicsExist(names) {
      for (const name of names) known.add(name)
    },
    async close() {
      if (connected) await settledWithin(producer.disconnect(), disconnectMs)
    },
  }
}

function toKafka({ key, value, headers }: BusMessage): Message {
  return { key, value, headers }
}

function keyBytes({ key }: Message): Buffer | null {
  return key === null || key === undefined ? null : Buffer.from(key)
}
