import type { Database } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { clearCounter, countAttempt, uncount } from './login-attempts.repository.ts'
import { countersOf, type LoginCounter } from './login-limits.ts'

/** Who tries to be whom. */
export interface LoginAttempt {
  email: string
  address: string
}

/** Slows those who try passwords: counters in the database, shared by all instances, decide before anything is hashed. */
export interface LoginThrottle {
  /** Counts an attempt before it is made. Throws `rate_limited` with the seconds to wait when there were too many. */
  count(attempt: LoginAttempt): Promise<CountedAttempt>
}

export interface CountedAttempt {
  /** Waits for the check of what was tried. One that cannot be made, as when too many wait for theirs, does not count. */
  during<T>(check: Promise<T>): Promise<T>
  /** Says that the attempt succeeded: it does not count, and what went before on this account from this client is forgotten. */
  succeeded(): Promise<void>
}

/** Milliseconds for which a refusal is remembered, so that a flood does not reach the database. */
const rememberedMs = 1_000
const rememberedAtMost = 10_000

export function createLoginThrottle(db: Database, { now = () => performance.now() }: { now?: () => number } = {}): LoginThrottle {
  const refused = new Map<string, { until: number; waitMs: number }>()

  function remember(id: string, waitMs: number): void {
    if (refused.size >= rememberedAtMost) refused.clear()
    refused.set(id, { until: now() + Math.min(waitMs, rememberedMs), waitMs })
  }

  function requireUnknown(counters: readonly LoginCounter[]): void {
    for (const { id } of counters) {
      const known = refused.get(id)
      if (known && known.until > now()) throw tooManyAttempts(known.waitMs)
      if (known) refused.delete(id)
    }
  }

  async function count({ email, address }: LoginAttempt): Promise<CountedAttempt> {
    const counters = countersOf({ email, address })
    const [pair] = counters
    requireUnknown(counters)
    const { counted, asked, full } = await countAttempt(db, { counters, email, address })
    const holders = counters.filter(({ id }) => counted.includes(id))
    if (counted.length < asked) {
      if (holders.length > 0) await uncount(db, holders)
      for (const { id, waitMs } of full) {
        const { kind } = counters.find((counter) => counter.id === id) ?? {}
        // That an account is under attack is no reason to refuse its owner, whom the database knows by their network.
        if (pair) remember(kind === 'network' ? id : pair.id, waitMs)
      }
      throw tooManyAttempts(Math.max(1_000, ...full.map(({ waitMs }) => waitMs)))
    }
    return {
      during: (check) =>
        check.catch(async (error: unknown) => {
          await uncount(db, holders)
          throw error
        }),
      async succeeded() {
        await uncount(
          db,
          holders.filter(({ kind }) => kind !== 'account-and-network'),
        )
        if (pair) await clearCounter(db, pair.id)
      },
    }
  }

  return { count }
}

function tooManyAttempts(waitMs: number): AppError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return new AppError('rate_limited', `Too many attempts. Try again in ${seconds} s.`, { headers: { 'retry-after': String(seconds) } })
}
