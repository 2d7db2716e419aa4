import { CannotGoOnError, processHasFailed } from '@crm/service-kit/shutdown/process-failure.ts'
import type { BusRecord, Delivered, DeliveredBatch } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { createConsumerLog } from './consumer-log.ts'
import { batchSizeOf } from './define-consumer.ts'
import { TakenOverError } from './errors.ts'
import { classify } from './failure.ts'
import { handleRecords } from './handle-records.ts'
import type { PartitionConsumerOptions } from './partition-context.ts'
import { createPartitionState } from './partition-state.ts'

/** Handles the records of one partition for one group. */
export interface PartitionConsumer {
  /** Handles as much of a batch as it can, one call at a time. Never rejects. */
  deliver(batch: DeliveredBatch): Promise<Delivered>
  /** After the last delivery: see PartitionState. */
  release(signal: AbortSignal): Promise<void>
}

const outageRetry = { baseMs: 500, maxMs: 5_000 }
const takenOverRestMs = 2_000
// Longer than the process lives.
const failedProcessRestMs = 60_000
const mostDefects = 6

export function createPartitionConsumer<C extends EventContract>(options: PartitionConsumerOptions<C>): PartitionConsumer {
  const log = createConsumerLog(options.logger, options.ownership)
  const { db, ownership, retry } = options
  const state = createPartitionState({ db, ownership, log, longestPauseMs: retry.maxMs })
  const context = { ...options, state, log }
  const { group, topic } = options.ownership
  const batchSize = batchSizeOf(options.definition)
  let outages = 0
  let defects = 0

  async function deliver(batch: DeliveredBatch): Promise<Delivered> {
    const { records } = batch
    const signal = AbortSignal.any([batch.signal, options.cutOff])
    let done = 0
    let pauseMs = 0
    try {
      while (done < records.length && pauseMs === 0 && !options.isStopping()) {
        await state.ensureOwned(signal)
        const together = state.together(records.slice(done, done + batchSize))
        pauseMs = pauseLeft(together[0])
        if (pauseMs > 0) break
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

  /** What is left of the pause after a failed attempt: the partition may come sooner, from a consumer that had it before. */
  function pauseLeft(next: BusRecord | undefined): number {
    const pauseMs = next === undefined ? 0 : state.pauseLeft(next.offset)
    if (pauseMs > 0) log.pauseGoesOn(next, pauseMs)
    return pauseMs
  }

  /** Says why a delivery could not go on; returns how long the partition rests. */
  function interrupted(error: unknown, record: BusRecord | undefined, signal: AbortSignal): number {
    state.disown()
    if (signal.aborted) {
      log.cutOff(signal.reason)
      return 0
    }
    if (processHasFailed()) {
      log.failedWithProcess(record, error)
      return failedProcessRestMs
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
    if (defects === mostDefects)
      options.onLost(new CannotGoOnError(`consumer group ${group} cannot go on in topic ${topic}`, { cause: error }))
    return pauseMs
  }

  return { deliver, release: state.release }
}
