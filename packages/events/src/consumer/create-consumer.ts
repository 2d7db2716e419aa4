import type { Database } from '@crm/service-kit/database/database.ts'
import { databaseOutage } from '@crm/service-kit/errors/database-outage.ts'
import type { Registry } from 'prom-client'
import type { Bus, Delivered, DeliveredBatch } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { ReceivedEvent } from '../envelope/decode-message.ts'
import { claimNew } from '../inbox/claim-new.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { type BackoffRange, backoffDelay } from '../timing/backoff.ts'
import { decodeBatch } from './decode-batch.ts'
import type { ConsumerDefinition } from './define-consumer.ts'
import { consumerMetrics } from './metrics.ts'
import { revocableTransaction } from './revocable-transaction.ts'
import { createSubscriber } from './subscriber.ts'

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
  /**
   * Makes the topics if need be and subscribes; a bus that is down is waited for in the background. Rejects with GroupInUseError when
   * the bus refuses the group.
   */
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
  const metrics = consumerMetrics(options.metrics)
  const failures = new Map<string, number>()

  async function deliver(batch: DeliveredBatch): Promise<Delivered> {
    const { events, fault } = decodeBatch(batch.records, contracts)
    let next = batch.records[0]?.offset ?? 0
    try {
      if (events.length > 0) {
        await handleOnce(batch, events)
        failures.delete(placeOf(batch))
        next = (events.at(-1)?.offset ?? next) + 1
      }
      if (fault) throw fault.error
      return { next, pauseMs: 0 }
    } catch (error) {
      return { next, pauseMs: batch.signal.aborted ? revoked(batch) : failed(batch, next, error) }
    }
  }

  async function handleOnce(batch: DeliveredBatch, events: ReceivedEvent<C>[]): Promise<void> {
    const labels = { group, topic: batch.topic }
    const fresh = await revocableTransaction(db, batch.signal, async (tx) => {
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

  /** The partition is no longer this consumer's: whoever has it next begins from the offset committed last. */
  function revoked({ topic, partition }: DeliveredBatch): number {
    logger.warn({ group, topic, partition }, 'consumer lost a partition while it handled events of it; they are delivered again')
    return 0
  }

  /** Counts and logs a failure; returns how long the partition rests. Here failures will part by kind: retry, or dead letter. */
  function failed(batch: DeliveredBatch, offset: number, error: unknown): number {
    const { topic, partition, records } = batch
    const eventId = records.find((record) => record.offset === offset)?.headers.ce_id?.toString()
    const at = { group, topic, partition, offset, records: records.length, eventId }
    metrics.failed.inc({ group, topic })
    if (databaseOutage(error)) {
      logger.warn({ ...at, err: error }, 'consumer cannot reach its database; it retries, and the attempt does not count')
      return outageRetryMs
    }
    const attempt = (failures.get(placeOf(batch)) ?? 0) + 1
    failures.set(placeOf(batch), attempt)
    const pauseMs = backoffDelay(attempt, retry)
    logger.error({ ...at, attempt, pauseMs, err: error }, 'consumer failed; the partition is delivered again from this offset')
    return pauseMs
  }

  return createSubscriber(bus, { group, topics: [...contracts.keys()], deliver, logger })
}

function placeOf({ topic, partition }: DeliveredBatch): string {
  return `${topic}/${partition}`
}
