import { CompressionTypes, type Message, type Producer } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { settledWithin, within } from '../../timing/within.ts'
import { type BusMessage, MessageTooLargeError, UnknownTopicError } from '../bus.ts'
import { partitionOf } from '../partitioner.ts'
import { bytesPerRequest, sizeOf } from '../request-size.ts'
import type { AdminClient } from './admin.ts'
import { createClient, type KafkaConnection } from './client.ts'
import { brokersAnswer, describeOutage, KafkaUnavailableError } from './outage.ts'
import { timeLimits } from './time-limits.ts'
import { missingTopics } from './topics.ts'

export interface Publisher {
  /**
   * See Bus. Rejects within 6 s when the brokers hang, at once when they are gone; what is late may be stored all the same. Compresses
   * large messages, since a topic's limit is on what is sent; rejects with MessageTooLargeError where that is not enough.
   */
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
// Longer than kafkajs goes on by itself.
const lateMs = 30_000
const unknownTopic = new Set(['UNKNOWN_TOPIC_OR_PARTITION'])
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/**
 * One request at a time per broker and connection, so that what is sent first is stored first. Not idempotent in Kafka's sense: kafkajs
 * loses its sequence after a failed send. The connection is kept after a timeout: on another one, a repetition could overtake.
 */
export function createPublisher(connection: KafkaConnection, admin: AdminClient, logger: EventLogger): Publisher {
  const brokers = connection.brokers.join(',')
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
  /** Sends that nobody waits for any more, for as long as kafkajs may still repeat them: others begin after them. */
  const late = new Set<Promise<unknown>>()

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

  /** Sends nothing when the signal is aborted before. */
  async function send(messages: readonly BusMessage[], signal: AbortSignal): Promise<void> {
    const byTopic = Map.groupBy(messages, (message) => message.topic)
    await Promise.allSettled(late)
    signal.throwIfAborted()
    await requireTopics(byTopic.keys())
    const topicMessages = [...byTopic].map(([topic, own]) => ({ topic, messages: own.map(toKafka) }))
    const isLarge = messages.some((message) => sizeOf(message) > bytesPerRequest)
    const compression = isLarge ? CompressionTypes.GZIP : CompressionTypes.None
    try {
      await connect()
      signal.throwIfAborted()
      await producer.sendBatch({ acks, timeout: acknowledgeMs, compression, topicMessages })
    } catch (error) {
      // Deleted since, one of them: ask again before the next.
      if (brokersAnswer(error, unknownTopic)) for (const topic of byTopic.keys()) known.delete(topic)
      if (brokersAnswer(error, tooLarge)) {
        const topics = [...byTopic.keys()].join(', ')
        throw new MessageTooLargeError(`a message is larger than its topic takes, of those to ${topics}`, { cause: error })
      }
      throw describeOutage(error, connection.brokers)
    }
  }

  return {
    async publish(messages) {
      if (messages.length === 0) return
      const { publishMs } = timeLimits
      const deadline = new AbortController()
      const sending = send(messages, deadline.signal)
      await within(sending, publishMs, () => {
        deadline.abort()
        const settled = settledWithin(sending, lateMs)
        late.add(settled)
        void settled.then(() => late.delete(settled))
        return new KafkaUnavailableError(`Kafka at ${brokers} did not answer within ${publishMs} ms`)
      })
    },
    topicsExist(names) {
      for (const name of names) known.add(name)
    },
    async close() {
      if (connected) await settledWithin(producer.disconnect(), timeLimits.disconnectMs)
    },
  }
}

function toKafka({ key, value, headers }: BusMessage): Message {
  return { key, value, headers }
}

function keyBytes({ key }: Message): Buffer | null {
  return key === null || key === undefined ? null : Buffer.from(key)
}
