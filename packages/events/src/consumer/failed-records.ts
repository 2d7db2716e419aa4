import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import { causeOf, classify, pauseBeforeRetry } from './failure.ts'
import { giveUp } from './give-up.ts'
import type { Outcome, PartitionContext } from './partition-consumer.ts'
import { afterBatchFailure, afterFailure } from './suspicion.ts'

/** Decides what becomes of records whose handler failed: one by one if they were several; else a pause, or a dead letter. */
export async function onFailure<C extends EventContract>(
  context: PartitionContext<C>,
  records: readonly BusRecord[],
  error: unknown,
): Promise<Outcome> {
  const { held, holding, metrics, log, retry } = context
  const labels = { group: holding.group, topic: holding.topic }
  const [record] = records
  const kind = classify(error)
  if (record === undefined || kind === 'outage' || kind === 'defect') throw error
  metrics.failed.inc(labels)
  if (records.length > 1) {
    await held.settle(afterBatchFailure(held.suspicion(), { first: record.offset, last: records.at(-1)?.offset ?? record.offset }))
    log.batchFailed(record, records.length, error)
    return 'again'
  }
  const known = afterFailure(held.suspicion(), record.offset, { isRetryable: kind === 'retryable' })
  const { attempts } = known
  const pauseMs = pauseBeforeRetry(kind, known, retry)
  if (pauseMs === undefined) {
    const why = { kind: kind === 'permanent' ? 'permanent' : 'attempts', cause: causeOf(error, attempts), error } as const
    return await giveUp(context, { record, known }, why)
  }
  await held.settle(known)
  metrics.retried.inc(labels)
  log.failed(record, { error, kind, attempt: attempts, pauseMs })
  return { pauseMs }
}
