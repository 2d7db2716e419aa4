import type { Database } from '@crm/service-kit/database/database.ts'
import type { Bus, BusRecord, Delivered, DeliveredBatch } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { type BackoffRange, backoffDelay } from '../timing/backoff.ts'
import { type ConsumerLog, createConsumerLog } from './consumer-log.ts'
import type { ConsumerDefinition } from './define-consumer.ts'
import type { Holding } from './delivery-marks.ts'
import { TakenOverError } from './errors.ts'
import { classify } from './failure.ts'
import { handleRecords } from './handle-records.ts'
import { createHeldPartition, type HeldPartition } from './held-partition.ts'
import type { ConsumerMetrics } from './metrics.ts'

export interface PartitionConsumerOptions<C extends EventContract> {
  definition: ConsumerDefinition<C>
  /** By type. */
  contracts: ReadonlyMap<string, C>
  bus: Bus
  db: Database
  logger: EventLogger
  metrics: ConsumerMetrics
  holding: Holding
  retry: BackoffRange
  /** Whether nothing more is to be begun. */
  isStopping(): boolean
  /** Aborted when the consumer stops and no longer waits for what is in flight. */
  cutOff: AbortSignal
  afterCommit: (() => void) | undefined
  /** Called when the partition cannot go on, and trying again does not help. */
  onLost(error: Error): void
}

/** What the steps of a delivery work with. */
export interface PartitionContext<C extends EventContract> extends PartitionConsumerOptions<C> {
  held: HeldPartition
  log: ConsumerLog
}

/**
 * What became of records. `again`: nothing is done, and how many are handled together is to be decided anew. `commit`: they are done,
 * and the offset is to move before anything else begins.
 */
export type Outcome = 'done' | 'commit' | 'again' | { pauseMs: number }

/** Handles the records of one partition for one group. */
export interface PartitionConsumer {
  /** Handles as much of a batch as it can, one call at a time. Never rejects. */
  deliver(batch: DeliveredBatch): Promise<Delivered>
  /** After the last delivery: see HeldPartition. */
  release(): Promise<void>
}

const outageRetry = { baseMs: 500, maxMs: 5_000 }
const takenOverRestMs = 2_000
const mostDefects = 6

export function createPartitionConsumer<C extends EventContract>(options: PartitionConsumerOptions<C>): PartitionConsumer {
  const log = createConsumerLog(options.logger, options.holding)
  const held = createHeldPartition(options.db, options.holding, log)
  const context = { ...options, held, log }
  const { group, topic } = options.holding
  let outages = 0
  let defects = 0

  async function deliver(batch: DeliveredBatch): Promise<Delivered> {
    const { records } = batch
    const signal = AbortSignal.any([batch.signal, options.cutOff])
    let done = 0
    let pauseMs = 0
    try {
      await held.ensure(signal)
      while (done < records.length && pauseMs === 0 && !options.isStopping()) {
        const together = held.together(records.slice(done))
        const outcome = await handleRecords(context, together, signal)
        goesOn()
        if (outcome === 'done' || outcome === 'commit') done += together.length
        else if (outcome !== 'again') pauseMs = outcome.pauseMs
        if (outcome === 'commit') break
      }
    } catch (error) {
      pauseMs = interrupted(error, records[done], signal)
    }
    return { next: records[done]?.offset ?? (records.at(-1)?.offset ?? 0) + 1, pauseMs }
  }

  /** Says why a delivery could not go on; returns how long the partition rests. */
  function interrupted(error: unknown, record: BusRecord | undefined, signal: AbortSignal): number {
    held.forget()
    if (signal.aborted) {
      log.cutOff(signal.reason)
      return 0
    }
    options.metrics.interrupted.inc({ group, topic })
    if (classify(error) === 'defect') return defect(error, record)
    outages++
    // Time to find out that the partition is no longer ours, if so.
    const pauseMs = error instanceof TakenOverError ? takenOverRestMs : backoffDelay(outages, outageRetry)
    log.interrupted(record, { error, pauseMs, failures: outages })
    return pauseMs
  }

  function goesOn(): void {
    if (outages > 0) log.goesOn(outages)
    outages = 0
    defects = 0
  }

  function defect(error: unknown, record: BusRecord | undefined): number {
    const pauseMs = backoffDelay(++defects, outageRetry)
    log.defect(record, { error, pauseMs })
    if (defects === mostDefects) options.onLost(new Error(`consumer group ${group} cannot go on in topic ${topic}`, { cause: error }))
    return pauseMs
  }

  return { deliver, release: () => held.release() }
}
