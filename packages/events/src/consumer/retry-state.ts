import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const Count = Type.Integer({ minimum: 0 })
const Offset = Type.Integer({ minimum: 0 })

/** That a record is given up, and why: what its dead letter will say. */
export const GiveUpDecision = Type.Object({
  cause: Type.Union([Type.Literal('permanent'), Type.Literal('attempts'), Type.Literal('crashes')]),
  reason: Type.String(),
  errorClass: Type.String(),
  attempts: Count,
  /** When the record was stored, in milliseconds: one at the same place of a topic that was made anew is another. */
  storedAt: Type.Number(),
})
export type GiveUpDecision = Static<typeof GiveUpDecision>

/**
 * What a group remembers of the records that a partition goes on with, after a failure or a crash. It describes a range of offsets: the
 * first is the record that is next, with its own attempts and crashes; all through `singleThrough` are handled one by one, since any of
 * them may be the cause. Without a state records are handled together. Kept as JSON, column `retry_state`.
 */
export const RetryState = Type.Recursive((Self) =>
  Type.Object({
    /** The record that `attempts`, `crashes` and `decision` are about: the first of the range. */
    offset: Offset,
    /** How often it failed when it was handled alone. */
    attempts: Count,
    /** How many of these attempts failed by a RetryableError or its like. */
    retryableAttempts: Type.Optional(Count),
    /** How often a process crashed while it was in flight. */
    crashes: Count,
    /** The last of the range. */
    singleThrough: Offset,
    /** When it may be tried again, in milliseconds since 1970. */
    retryAt: Type.Optional(Type.Number()),
    /** Crashes that every later record of the range begins with, since it was in flight too. */
    sharedCrashes: Count,
    /** There once the record is given up: all that is left is to store it as a dead letter. */
    decision: Type.Optional(GiveUpDecision),
    /** The state of a range further on, while earlier records are repeated: after a crash they come again if their offset was not committed. */
    later: Type.Optional(Self),
  }),
)
export type RetryState = Static<typeof RetryState>

/** The first and last offset of records that are handled together. */
export interface OffsetRange {
  readonly first: number
  readonly last: number
}

/** Crashes of the process after which the record that was in flight each time is given up. */
export const crashesAtMost = 3

/** The JSON as it was stored, or what is wrong with it. */
export function readRetryState(json: unknown): { state: RetryState | null } | { fault: string } {
  if (json === null || json === undefined) return { state: null }
  if (Value.Check(RetryState, json)) return { state: json }
  const { path = '', message = 'it does not match its schema' } = Value.Errors(RetryState, json).First() ?? {}
  return { fault: `${path || 'the state'}: ${message}` }
}

/** The state with this record as the next one. */
export function stateAt(state: RetryState | null, offset: number): RetryState {
  const near = beyond(state, offset - 1)
  if (near === null || offset < near.offset) return { ...unknownRecord(offset, offset), ...(near && { later: near }) }
  if (near.offset === offset) return near
  const { singleThrough, sharedCrashes, later } = near
  return { ...unknownRecord(offset, singleThrough), crashes: sharedCrashes, sharedCrashes, ...(later && { later }) }
}

/** A record failed alone; when it is tried again is for the caller to add. */
export function afterFailure(state: RetryState | null, offset: number, { isRetryable = false } = {}): RetryState {
  const { retryAt: _, ...known } = stateAt(state, offset)
  const retryableAttempts = (known.retryableAttempts ?? 0) + 1
  return { ...known, attempts: known.attempts + 1, ...(isRetryable && { retryableAttempts }) }
}

/** Records failed together: any of them may be the cause, so each is to be handled alone. */
export function afterBatchFailure(state: RetryState | null, { first, last }: OffsetRange): RetryState {
  const later = beyond(state, last)
  return { ...unknownRecord(first, last), ...(later && { later }) }
}

/** A process crashed while these were in flight: of several, each may be the cause. */
export function afterCrash(state: RetryState | null, { first, last }: OffsetRange): RetryState {
  const known = stateAt(state, first)
  const sharedCrashes = last > first ? known.sharedCrashes + 1 : known.sharedCrashes
  return { ...known, crashes: known.crashes + 1, singleThrough: Math.max(known.singleThrough, last), sharedCrashes }
}

/** Everything through `last` is handled, or given up. */
export function afterDone(state: RetryState | null, last: number): RetryState | null {
  const left = beyond(state, last)
  return left === null || last < left.offset ? left : stateAt(left, last + 1)
}

/** How many of the records, which ascend, may be handled together: all those before the next range, or one of a range. */
export function countTogether(state: RetryState | null, records: readonly { readonly offset: number }[]): number {
  const first = records[0]?.offset ?? 0
  const near = beyond(state, first - 1)
  if (near === null) return records.length
  if (first >= near.offset) return 1
  return records.filter(({ offset }) => offset < near.offset).length
}

/** The same state, with no record to wait for longer than until `latest`: whoever wrote it may have had another clock. */
export function withRetryBy(state: RetryState | null, latest: number): RetryState | null {
  if (state === null) return null
  const later = withRetryBy(state.later ?? null, latest)
  const retryAt = state.retryAt === undefined ? undefined : Math.min(state.retryAt, latest)
  return { ...state, ...(retryAt !== undefined && { retryAt }), ...(later && { later }) }
}

/** The part of the state that is about records after `last`. */
function beyond(state: RetryState | null, last: number): RetryState | null {
  return state === null || last < state.singleThrough ? state : beyond(state.later ?? null, last)
}

function unknownRecord(offset: number, singleThrough: number): RetryState {
  return { offset, attempts: 0, crashes: 0, singleThrough, sharedCrashes: 0 }
}
