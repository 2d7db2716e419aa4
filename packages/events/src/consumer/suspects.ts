import { untilAborted } from './revocable-transaction.ts'

let last: Promise<void> = Promise.resolve()

/**
 * Runs the work when all work given before has ended: of the records that may have ended a process, one is in flight in this process at
 * a time, whatever its group and partition. Else one that ends the process again and again takes innocent ones with it.
 * Rejects with the signal's reason, without having begun, when that is aborted first.
 */
export async function suspectsTakeTurns<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
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
