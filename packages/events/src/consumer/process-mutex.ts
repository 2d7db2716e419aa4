import { untilAborted } from './revocable-transaction.ts'

let last: Promise<void> = Promise.resolve()

/**
 * Runs the work alone: after all work given before has ended, whatever its group and partition. For records that were in flight when a
 * process crashed: handled side by side, the one that crashes it again would have the others counted as crashing it too.
 * Rejects with the signal's reason, without having begun, when that is aborted first.
 */
export async function withProcessMutex<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const before = last
  const done = Promise.withResolvers<void>()
  last = before.then(() => done.promise)
  try {
    await untilAborted(before, signal)
    return await work()
  } finally {
    done.resolve()
  }
}
