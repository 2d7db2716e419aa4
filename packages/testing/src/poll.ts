import { setTimeout as sleep } from 'node:timers/promises'

export interface PollOptions {
  /** How long to keep trying, in milliseconds. */
  timeoutMs: number
  /** Pause between two tries, in milliseconds; default 20. */
  intervalMs?: number
  /** What is waited for, as the error names it. */
  what: string
}

/**
 * Evaluates `condition` until it gives something truthy, and resolves to that. A try that throws counts as not yet.
 * Rejects when time is up, naming what did not come about and the last error.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: PollOptions,
): Promise<Exclude<T, false | 0 | '' | null | undefined>> {
  const deadline = Date.now() + options.timeoutMs
  let lastError: unknown
  do {
    try {
      const value = await beforeDeadline(condition, deadline)
      if (value) return value as Exclude<T, false | 0 | '' | null | undefined>
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    await sleep(options.intervalMs ?? 20)
  } while (Date.now() < deadline)
  const reason = lastError === undefined ? '' : `: ${lastError instanceof Error ? lastError.message : String(lastError)}`
  throw new Error(`Not within ${options.timeoutMs} ms: ${options.what}${reason}`, { cause: lastError })
}

async function beforeDeadline<T>(condition: () => T | Promise<T>, deadline: number): Promise<T> {
  const over = new AbortController()
  const timeout = sleep(Math.max(1, deadline - Date.now()), undefined, { signal: over.signal }).then(() => {
    throw new Error('the last try did not come to an end')
  })
  try {
    return await Promise.race([condition(), timeout])
  } finally {
    timeout.catch(() => {})
    over.abort()
  }
}
