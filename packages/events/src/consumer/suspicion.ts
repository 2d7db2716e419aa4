import type { DeadLetterCause } from '../dead-letters/dead-letter.ts'

/** Why a record is given up. */
export interface Verdict extends DeadLetterCause {
  readonly kind: 'permanent' | 'attempts' | 'deaths'
  /** When the record was stored, in milliseconds: one at the same place of a topic that was made anew is another. */
  readonly storedAt: number
}

/** What is held against the records a partition goes on with, after failures; all offsets are the partition's. */
export interface Suspicion {
  /** The record in question. */
  readonly offset: number
  /** How often it failed when it was handled alone. */
  readonly attempts: number
  /** How many of these attempts failed by a RetryableError or its like. */
  readonly retryable?: number
  /** How often the process died while it was in flight. */
  readonly deaths: number
  /** Records through this one are handled one by one. */
  readonly until: number
  /** Deaths that each record after the one in question begins with, since it was in flight with it. */
  readonly inherited: number
  /** There once the record is given up: all that is left is to store it as a dead letter. */
  readonly verdict?: Verdict
  /** What is held against records beyond `until`: those before them came again, as after a crash before the offset was committed. */
  readonly later?: Suspicion
}

/** The first and last record of those being handled. */
export interface InFlight {
  readonly first: number
  readonly last: number
}

/** Deaths of the process after which the record it handled each time is given up. */
export const deathsAtMost = 3

/** What is known of a record when it comes to it. */
export function suspicionOf(suspicion: Suspicion | null, offset: number): Suspicion {
  const near = beyond(suspicion, offset - 1)
  if (near === null || offset < near.offset) return { ...unsuspected(offset, offset), ...(near && { later: near }) }
  if (near.offset === offset) return near
  const { until, inherited, later } = near
  return { offset, attempts: 0, deaths: inherited, until, inherited, ...(later && { later }) }
}

/** A record failed alone. */
export function afterFailure(suspicion: Suspicion | null, offset: number, { isRetryable = false } = {}): Suspicion {
  const known = suspicionOf(suspicion, offset)
  return { ...known, attempts: known.attempts + 1, ...(isRetryable && { retryable: (known.retryable ?? 0) + 1 }) }
}

/** Several records failed together: one of them may be bad. */
export function afterBatchFailure(suspicion: Suspicion | null, { first, last }: InFlight): Suspicion {
  const later = beyond(suspicion, last)
  return { ...unsuspected(first, last), ...(later && { later }) }
}

/** The process died while these were in flight. */
export function afterDeath(suspicion: Suspicion | null, { first, last }: InFlight): Suspicion {
  const known = suspicionOf(suspicion, first)
  const inherited = last > first ? known.inherited + 1 : known.inherited
  return { ...known, deaths: known.deaths + 1, until: Math.max(known.until, last), inherited }
}

/** Everything through `last` is done, or given up. */
export function afterDone(suspicion: Suspicion | null, last: number): Suspicion | null {
  const left = beyond(suspicion, last)
  return left === null || last < left.offset ? left : suspicionOf(left, last + 1)
}

/** How many of the records, which ascend, are to be handled together. */
export function countTogether(suspicion: Suspicion | null, records: readonly { readonly offset: number }[]): number {
  const first = records[0]?.offset ?? 0
  const near = beyond(suspicion, first - 1)
  if (near === null) return records.length
  if (first >= near.offset) return 1
  return records.filter(({ offset }) => offset < near.offset).length
}

/** The part of what is held that is about records after `last`. */
function beyond(suspicion: Suspicion | null, last: number): Suspicion | null {
  return suspicion === null || last < suspicion.until ? suspicion : beyond(suspicion.later ?? null, last)
}

function unsuspected(offset: number, until: number): Suspicion {
  return { offset, attempts: 0, deaths: 0, until, inherited: 0 }
}
