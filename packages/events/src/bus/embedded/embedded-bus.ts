import type { Database } from '@crm/service-kit/database/database.ts'
import type { EventLogger } from '../../logging/event-logger.ts'
import { repeat } from '../../timing/repeat.ts'
import { type Bus, UnknownTopicError } from '../bus.ts'
import { appendRecords, createTopics, listTopics, missingTopics, placeMessages } from './append-records.ts'
import { groupLag } from './lag.ts'
import { pruneRecords } from './prune-records.ts'
import { readTopic } from './read-topic.ts'
import { type EmbeddedSubscription, startSubscription } from './subscription.ts'

export interface EmbeddedBusOptions {
  /** A database with the tables of schema.ts. Its owner closes it, after the bus. */
  db: Database
  logger: EventLogger
  /** How often to look for records published by another process; milliseconds. */
  pollMs?: number
  /** Records of one partition delivered at once at most. */
  batchSize?: number
  /** How often to delete the records whose time is over; milliseconds, default 10 minutes. */
  pruneEveryMs?: number
}

const tenMinutesMs = 600_000

/**
 * A bus for one machine: a log in a database of its own. Any process may publish; each group has one consumer, which holds a lock on
 * one connection beside the pool. Subscribers in the publishing process are woken at once. Old records are pruned in the background
 * until the bus is closed.
 */
export function createEmbeddedBus(options: EmbeddedBusOptions): Bus {
  const { db, logger, pollMs = 1_000, batchSize = 500, pruneEveryMs = tenMinutesMs } = options
  const subscriptions = new Set<EmbeddedSubscription>()
  const closing = new AbortController()
  const pruning = repeat(() => pruneRecords(db), {
    everyMs: pruneEveryMs,
    onError: (error) => logger.warn({ err: error }, 'the embedded bus cannot prune its records; it tries again later'),
  })
  return {
    async publish(messages) {
      if (messages.length === 0) return
      const placed = placeMessages(messages)
      await appendRecords(db, placed)
      for (const first of placed) {
        if (first.position > 0) continue
        for (const subscription of subscriptions) subscription.recordsAdded(first.topic, first.partition)
      }
    },
    createTopics: (names) => createTopics(db, names),
    async subscribe(options) {
      const missing = await missingTopics(db, options.topics)
      if (missing.length > 0)
        throw new UnknownTopicError(`consumer group ${options.group} wants topics that do not exist: ${missing.join(', ')}`)
      const started = await startSubscription({ ...options, db, pollMs, batchSize })
      const subscription: EmbeddedSubscription = {
        recordsAdded: started.recordsAdded,
        async stop() {
          await started.stop()
          subscriptions.delete(subscription)
        },
      }
      subscriptions.add(subscription)
      logger.debug({ group: options.group, topics: options.topics }, 'consumer group subscribed')
      return subscription
    },
    listTopics: () => listTopics(db),
    read: (topic, onRecords) => readTopic(db, { topic, onRecords, signal: closing.signal }),
    lag: (group, topics) => groupLag(db, group, topics),
    async ping() {
      await db.sql`select from topics limit 1`
    },
    async close() {
      closing.abort(new Error('the bus is closed'))
      await Promise.all([pruning.stop(), ...[...subscriptions].map((subscription) => subscription.stop())])
    },
  }
}
