import type { Database } from '@crm/service-kit/database/database.ts'
import { databaseOutage } from '@crm/service-kit/errors/database-outage.ts'
import type { Registry } from 'prom-client'
import type { Bus, Delivered, DeliveredBatch, Subscription } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import { decodeMessage, MalformedEventError } from '../envelope/decode-message.ts'
import { claimNew } from '../inbox/claim-new.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { type BackoffRange, backoffDelay } from '../timing/backoff.ts'
import type { ConsumerDefinition } from './define-consumer.ts'
import { consumerMetrics } from './metrics.ts'

export interface ConsumerOptions<C extends EventContract> {
  definition: ConsumerDefinition<C>
  bus: Bus
  /** Holds the inbox and what the handler writes. */
  db: Database
  logger: EventLogger
  metrics: Registry
  /** Called after each commit with effects: wakes the relay for the events that the handler wrote. */
  afterCommit?: () => void
  /** How long a partition rests after failures in a row; default 2, 4, 8 .. 60 s. */
  retry?: BackoffRange
}

/** Runs a handler for a group: effects in the database exactly once, per partition in order, retried until they succeed. */
export interface Consumer {
  /** Makes the topics if need be and subscribes; rejects when the bus cannot be reached or refuses the group. Then outlives outages. */
  start(): Promise<void>
  /** Finishes the batches in flight. Never rejects. */
  stop(): Promise<void>
}

const outageRetryMs = 1_000

export function createConsumer<C extends EventContract>(options: ConsumerOptions<C>): Consumer {
  const { definition, bus, db, logger } = options
  const { group } = definition
  const retry = options.retry ?? { baseMs: 2_000, maxMs: 60_000 }
  const contracts = new Map<string, C>(definition.on.map((contract) => [contract.type, contract]))
  const topics = [...contracts.keys()]
  const metrics = consumerMetrics(options.metrics)
  const failures = new Map<string, number>()
  let subscription: Subscription | undefined

  async function deliver(batch: DeliveredBatch): Promise<Delivered> {
    const place = `${batch.topic}/${batch.partition}`
    try {
      await handleOnce(batch)
      failures.delete(place)
      return { next: offsetAt(batch, -1) + 1, pauseMs: 0 }
    } catch (error) {
      return { next: offsetAt(batch, 0), pauseMs: failed(batch, place, error) }
    }
  }

  async function handleOnce(batch: DeliveredBatch): Promise<void> {
    const labels = { group, topic: batch.topic }
    const events = batch.records.map((record) => decodeMessage(record, contracts))
    const fresh = await db.transaction(async (tx) => {
      const unseen = await claimNew(tx, group, events)
      if (unseen.length > 0) await timed(labels, () => definition.handle(unseen, tx))
      return unseen
    })
    metrics.processed.inc(labels, fresh.length)
    metrics.duplicates.inc(labels, events.length - fresh.length)
    if (fresh.length > 0) options.afterCommit?.()
  }

  async function timed(labels: { group: string; topic: string }, handle: () => Promise<void>): Promise<void> {
    const observe = metrics.handlerSeconds.startTimer(labels)
    await handle().finally(observe)
  }

  /** Counts and logs a failure; returns how long the partition rests. Here failures will part by kind: retry, or dead letter. */
  function failed(batch: DeliveredBatch, place: string, error: unknown): number {
    metrics.failed.inc({ group, topic: batch.topic })
    const at = { group, ...placeOf(batch, error) }
    if (databaseOutage(error)) {
      logger.warn({ ...at, err: error }, 'consumer cannot reach its database; it retries, and the attempt does not count')
      return outageRetryMs
    }
    const attempt = (failures.get(place) ?? 0) + 1
    failures.set(place, attempt)
    const pauseMs = backoffDelay(attempt, retry)
    logger.error({ ...at, attempt, pauseMs, err: error }, 'consumer failed; the partition is delivered again from the same offset')
    return pauseMs
  }

  return {
    async start() {
      await bus.createTopics(topics)
      subscription ??= await bus.subscribe({ group, topics, deliver, logger })
    },
    async stop() {
      await subscription?.stop()
    },
  }
}

function offsetAt(batch: DeliveredBatch, index: 0 | -1): number {
  const record = batch.records.at(index)
  if (!record) throw new Error('the bus delivered an empty batch')
  return record.offset
}

function placeOf(batch: DeliveredBatch, error: unknown) {
  const record = error instanceof MalformedEventError ? error.record : batch.records[0]
  const { topic, partition } = batch
  return { topic, partition, offset: record?.offset, records: batch.records.length, eventId: record?.headers.ce_id?.toString() }
}
