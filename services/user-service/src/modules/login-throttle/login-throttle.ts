import type { Database } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { FastifyBaseLogger } from 'fastify'
import { clearCounter, countAttempt, countSuccess, uncount } from './login-attempts.repository.ts'
import { countersOf, type LoginAttempt, type LoginCounter } from './login-limits.ts'

/** Slows those who try passwords: counters in the database, shared by all instances, decide before anything is hashed. */
export interface LoginThrottle {
  /** Counts an attempt before it is made. Throws `rate_limited` with the seconds to wait when there were too many. */
  count(attempt: LoginAttempt): Promise<CountedAttempt>
}

export interface CountedAttempt {
  /** Waits for the check of what was tried. One that cannot be made, as when too many wait for theirs, does not count. */
  during<T>(check: Promise<T>): Promise<T>
  /**
   * Says that the attempt succeeded: it counts as a success alone, and what went before on this account from this client is forgotten.
   * Never rejects: whoever succeeded is not refused for a counter's sake, which is only logged.
   */
  succeeded(): Promise<void>
}

export interface LoginThrottleOptions {
  logger: FastifyBaseLogger
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/** Milliseconds for which a refusal is remembered, so that a flood does not reach the database. */
const rememberedMs = 1_000
const rememberedAtMost = 10_000

export function createLoginThrottle(db: Database, { logger, now = () => performance.now() }: LoginThrottleOptions): LoginThrottle {
  const refusals = rememberRefusals(now)

  /** Corrects counters for what has been decided already, which stands whether that works or not. */
  async function correct(correction: () => Promise<void>): Promise<void> {
    try {
      await correction()
    } catch (error) {
      logger.error({ err: error }, 'a login attempt counts on that should not')
    }
  }

  async function count(attempt: LoginAttempt): Promise<CountedAttempt> {
    const counters = countersOf(attempt)
    const [pair] = counters
    const successes = counters.find(({ kind }) => kind === 'successes')
    const knownWaitMs = refusals.waitMsOf(counters)
    if (knownWaitMs !== undefined) throw tooManyAttempts(knownWaitMs)
    const { counted, asked, full } = await countAttempt(db, attempt, counters)
    const holders = counters.filter(({ id }) => counted.includes(id))
    if (counted.length < asked) {
      if (holders.length > 0) await correct(() => uncount(db, holders))
      for (const { id, waitMs } of full) {
        const { kind } = counters.find((counter) => counter.id === id) ?? {}
        // That an account is under attack is no reason to refuse its owner, whom the database knows by their network.
        if (pair) refusals.add(kind === 'network' ? id : pair.id, waitMs)
      }
      throw tooManyAttempts(Math.max(1_000, ...full.map(({ waitMs }) => waitMs)))
    }
    return {
      during: (check) =>
        check.catch(async (error: unknown) => {
          await correct(() => uncount(db, holders))
          throw error
        }),
      succeeded: () =>
        correct(async () => {
          const others = holders.filter(({ kind }) => kind !== 'account-and-network')
          await uncount(db, others)
          if (pair) await clearCounter(db, pair.id)
          if (successes) await countSuccess(db, successes)
        }),
    }
  }

  return { count }
}

/** The counters that were full a moment ago. */
function rememberRefusals(now: () => number) {
  const refused = new Map<string, { until: number; waitMs: number }>()
  return {
    add(id: string, waitMs: number): void {
      if (refused.size >= rememberedAtMost) refused.clear()
      refused.set(id, { until: now() + Math.min(waitMs, rememberedMs), waitMs })
    },
    /** Milliseconds to wait for the first of the counters that is known to be full; undefined when none is. */
    waitMsOf(counters: readonly LoginCounter[]): number | undefined {
      for (const { id } of counters) {
        const known = refused.get(id)
        if (known && known.until > now()) return known.waitMs
        if (known) refused.delete(id)
      }
      return undefined
    },
  }
}

function tooManyAttempts(waitMs: number): AppError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return new AppError('rate_limited', `Too many attempts. Try again in ${seconds} s.`, { headers: { 'retry-after': String(seconds) } })
}
