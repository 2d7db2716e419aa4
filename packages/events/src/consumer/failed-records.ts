import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'
import { steadyNow } from '../timing/steady-now.ts'
import { causeOf, classify, isContention, pauseBeforeRetry } from './failure.ts'
import { giveUp } from './give-up.ts'
import type { Outcome, PartitionContext } from './partition-context.ts'
import { afterBatchFailure, afterFailure } from './retry-state.ts'

// Of random length, so that those who were in each other's way do not meet again.
const contentionPause = { baseMs: 100, maxMs: 100 }

/**
 * Handles records; several once more as they are when another transaction was in their way, since none of them is the cause: one by one
 * they would take as many transactions for nothing.
 */
export async function onceMoreAfterContention<C extends EventContract, T>(
  { ownership, metrics, log }: PartitionContext<C>,
  { records, signal }: { records: readonly BusRecord[]; signal: AbortSignal },
  handle: () => Promise<T>,
): Promise<T> {
  try {
    return await handle()
  } catch (error) {
    const [first, second] = records
    if (first === undefined || second === undefined || signal.aborted || !isContention(error)) throw error
    metrics.failed.inc({ group: ownership.group, topic: ownership.topic })
    log.contention(first, records.length, error)
    await pause(backoffDelay(1, contentionPause), signal)
    signal.throwIfAborted()
    return await handle()
  }
}

/** Decides what becomes of records whose handler failed: one by one if they were several; else a pause, or a dead letter. */
export async function onFailure<C extends EventContract>(
  context: PartitionContext<C>,
  records: readonly BusRecord[],
  error: unknown,
): Promise<Outcome> {
  const { state, ownership, metrics, log, retry } = context
  const labels = { group: ownership.group, topic: ownership.topic }
  const [record] = records
  const kind = classify(error)
  if (record === undefined || kind === 'outage' || kind === 'defect') throw error
  metrics.failed.inc(labels)
  if (records.length > 1) {
    await state.save(afterBatchFailure(state.current(), { first: record.offset, last: records.at(-1)?.offset ?? record.offset }))
    log.batchFailed(record, records.length, error)
    return 'again'
  }
  const known = afterFailure(state.current(), record.offset, { isRetryable: kind === 'retryable' })
  const { attempts } = known
  const pauseMs = pauseBeforeRetry(kind, known, retry)
  if (pauseMs === undefined) {
    const why = { cause: kind === 'permanent' ? 'permanent' : 'attempts', deadLetter: causeOf(error, attempts), error } as const
    return await giveUp(context, { record, known }, why)
  }
  await state.save({ ...known, retryAt: steadyNow() + pauseMs })
  metrics.retried.inc(labels)
  log.failed(record, { error, kind, attempt: attempts, pauseMs })
  return { pauseMs }
}
