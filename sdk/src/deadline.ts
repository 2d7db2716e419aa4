import { CrmAbortError, CrmError, type CrmErrorDetails, CrmTimeoutError } from './errors.ts'

// Later, timers of every platform go off at once.
const longestTimerMs = 2 ** 31 - 1

interface Deadline {
  /** Ends the work early. */
  signal: AbortSignal | undefined
  /** Infinity: no limit. */
  timeoutMs: number
  /** Of the timeout. */
  message: string
  /** What the error says beside it, as it is known by then. */
  details(): CrmErrorDetails
}

/**
 * Runs work under a signal that goes off at the deadline. Rejects at that moment, whether the work heeds the signal or not: with
 * CrmTimeoutError when time is up, with CrmAbortError when the outer signal goes off.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal: outer, timeoutMs, message } = deadline
  const late = () => new CrmTimeoutError(message, deadline.details())
  const controller = new AbortController()
  const { signal } = controller
  const stop = () => controller.abort(abortErrorOf(outer?.reason, deadline.details()))
  const timer = timeoutMs > longestTimerMs ? undefined : setTimeout(() => controller.abort(late()), timeoutMs)
  if (outer?.aborted) stop()
  outer?.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    return await unlessAborted(work(signal), signal)
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', stop)
  }
}

// Deadlines nest: what an outer one has said stays as it is.
function abortErrorOf(reason: unknown, details: CrmErrorDetails): CrmError {
  return reason instanceof CrmError ? reason : new CrmAbortError('The call was aborted.', { ...details, cause: reason })
}

/** Waits for so many milliseconds; rejects with the signal's reason when it goes off before. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, longestTimerMs))
  })
  await unlessAborted(waited, signal).finally(() => clearTimeout(timer))
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
