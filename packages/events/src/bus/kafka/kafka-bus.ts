import type { EventLogger } from '../../logging/event-logger.ts'
import { within } from '../../timing/within.ts'
import { type Bus, type SubscribeOptions, type Subscription, UnknownTopicError } from '../bus.ts'
import { logLostRecords } from '../lost-records.ts'
import { createAdminClient } from './admin.ts'
import type { KafkaConnection } from './client.ts'
import { describeOutage, KafkaUnavailableError } from './outage.ts'
import { createProbe } from './probe.ts'
import { createPublisher } from './publisher.ts'
import { createReader } from './reader.ts'
import { startSubscription } from './subscription.ts'
import { timeLimits } from './time-limits.ts'
import { createTopicCheck } from './topic-check.ts'
import { createTopics, listTopics, missingTopics } from './topics.ts'

export interface KafkaBusOptions extends KafkaConnection {
  logger: EventLogger
  /** A consumer that is silent for so long loses its partitions; milliseconds, within the brokers' bounds (6 s and up by default). */
  sessionTimeoutMs?: number
  /** Records of one partition delivered at once at most. */
  batchSize?: number
}

/** A bus on Apache Kafka. Connects when it is first used. */
export function createKafkaBus({ logger, sessionTimeoutMs = 10_000, batchSize = 500, ...connection }: KafkaBusOptions): Bus {
  const { brokers } = connection
  const subscriptions = new Set<Subscription>()
  const admin = createAdminClient(connection, { connectMs: 3_000, requestMs: 6_000, retries: 3 }, logger)
  const probe = createProbe(connection, logger)
  const publisher = createPublisher(connection, admin, logger)
  const reader = createReader({ connection, admin, sessionTimeoutMs, logger })
  const topicCheck = createTopicCheck(logger)
  let closed = false

  function requireOpen(): void {
    if (closed) throw new Error('the bus is closed')
  }

  const late = (what: string, ms: number) => new KafkaUnavailableError(`Kafka at ${brokers.join(',')} did not ${what} within ${ms} ms`)

  /** kafkajs overwrites the offset of a group that is too far behind, so this looks before it begins. */
  async function warnOfLostRecords({ group, topics, logger }: SubscribeOptions): Promise<void> {
    try {
      for (const lost of await probe.lostRecords(group, [...new Set(topics)])) logLostRecords(logger, lost)
    } catch (error) {
      logger.debug({ err: error, group }, 'the offsets of a consumer group cannot be compared with the records kept')
    }
  }

  return {
    async publish(messages) {
      requireOpen()
      await publisher.publish(messages)
    },
    async createTopics(names) {
      requireOpen()
      const made = admin.use(async (client) => topicCheck.warn(client, await createTopics(client, names)))
      await within(made, timeLimits.createTopicsMs, () => late('make topics', timeLimits.createTopicsMs))
      publisher.topicsExist(names)
    },
    async subscribe(options) {
      requireOpen()
      const missing = await admin.use((client) => missingTopics(client, options.topics))
      if (missing.length > 0)
        throw new UnknownTopicError(`consumer group ${options.group} wants topics that do not exist: ${missing.join(', ')}`)
      await warnOfLostRecords(options)
      const started = await startSubscription({ ...options, connection, sessionTimeoutMs, batchSize }).catch((error: unknown) => {
        throw describeOutage(error, brokers)
      })
      const subscription = {
        async stop() {
          await started.stop()
          subscriptions.delete(subscription)
        },
      }
      subscriptions.add(subscription)
      logger.debug({ group: options.group, topics: options.topics }, 'consumer group subscribed')
      return subscription
    },
    async listTopics() {
      requireOpen()
      return await admin.use(listTopics)
    },
    async read(topic, onRecords) {
      requireOpen()
      await reader.read(topic, onRecords)
    },
    async lag(group, topics) {
      requireOpen()
      return await probe.lag(group, topics)
    },
    async ping() {
      requireOpen()
      await probe.ping()
    },
    async close() {
      closed = true
      await Promise.all([reader.close(), ...[...subscriptions].map((subscription) => subscription.stop())])
      await Promise.all([publisher.close(), admin.close(), probe.close()])
    },
  }
}
