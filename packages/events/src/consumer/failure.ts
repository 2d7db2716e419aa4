import { inspect } from 'node:util'
import { databaseOutage, statementGivenUp } from '@crm/service-kit/errors/database-outage.ts'
import { loggableError } from '@crm/service-kit/errors/loggable-error.ts'
import { BusUnavailableError } from '../bus/bus.ts'
import { DatabaseSilentError } from '../database/require-answer.ts'
import type { DeadLetterCause } from '../dead-letters/dead-letter.ts'
import { MalformedEventError } from '../envelope/decode-message.ts'
import { shortened } from '../logging/visible-text.ts'
import { type BackoffRange, backoffDelay } from '../timing/backoff.ts'
import { DeadLetterNotStoredError, HandlerError, HandlerTimeoutError, PermanentError, RetryableError, TakenOverError } from './errors.ts'

/** Attempts before an event is given up, by the kind of its last error. */
export const attemptsAtMost = { permanent: 1, retryable: 20, unclassified: 5 } as const

/** What counts as an attempt of the handler; the others do not. */
export type AttemptKind = keyof typeof attemptsAtMost

export type FailureKind = AttemptKind | 'outage' | 'defect'

// Deadlock, serialization failure, a lock not had in time: another transaction was in the way.
const contention = new Set(['40001', '40P01', '55P03'])
// A statement that took longer than the server allows, such as on a disk that stalls.
const statementTimeout = '57014'
// What any connection may end with. Only with a statement is it the database's, otherwise that of someone whom the handler called.
const socketFault = /^E[A-Z]+$/

/**
 * Whose fault it is that an event could not be handled. An outage is nobody's: no database, no bus, another consumer or transaction in
 * the way. A defect is the runtime's own or its surroundings', such as a table that is missing. All else is the handler's: of several
 * errors that caused each other the outermost that says something counts; its defects, such as a TypeError, are unclassified.
 */
export function classify(error: unknown): FailureKind {
  const causes = causesOf(error)
  if (causes.some(isOutage)) return 'outage'
  if (error instanceof HandlerError) return causes.map(declaredKind).find((kind) => kind !== undefined) ?? 'unclassified'
  const isExpected = error instanceof TakenOverError || error instanceof DeadLetterNotStoredError || statementGivenUp(error)
  const isInTheWay = causes.some((cause) => contention.has(codeOf(cause)))
  return isExpected || isInTheWay ? 'outage' : 'defect'
}

/** Whether the handler failed only because another transaction was in the way: the same may work at once. */
export function isContention(error: unknown): boolean {
  return classify(error) === 'retryable' && causesOf(error).some((cause) => contention.has(codeOf(cause)))
}

/** Milliseconds until the next attempt, after so many failures in a row; undefined when there is to be none, for failures of this kind. */
export function pauseBeforeRetry(kind: AttemptKind, failures: Failures, range: BackoffRange): number | undefined {
  const { attempts, retryableAttempts = 0 } = failures
  const ofThisKind = kind === 'retryable' ? retryableAttempts : attempts - retryableAttempts
  return ofThisKind < attemptsAtMost[kind] ? backoffDelay(attempts, range) : undefined
}

interface Failures {
  /** In all. */
  attempts: number
  /** Those of them that were retryable. */
  retryableAttempts?: number
}

const reasonLength = 1_000

/** What a dead letter says of whatever ended the attempts; without the parameters of statements. */
export function causeOf(error: unknown, attempts: number): DeadLetterCause {
  const original = originalError(error)
  if (!(original instanceof Error)) {
    return { reason: shortened(textOf(original), reasonLength), errorClass: original === null ? 'null' : typeof original, attempts }
  }
  const messages = causesOf(original).map((cause) => {
    const loggable = loggableError(cause)
    return textOf(loggable instanceof Error ? loggable.message : loggable)
  })
  const errorClass = textOf(original.name === 'Error' ? original.constructor.name : original.name)
  return { reason: shortened(messages.join(': '), reasonLength), errorClass, attempts }
}

/** What a dead letter says of a record that was in flight each time the process crashed. */
export function processCrashes(crashes: number): DeadLetterCause {
  return { reason: `the process crashed ${crashes} times while it handled this record`, errorClass: 'ProcessCrash', attempts: crashes }
}

/** What the handler itself threw. */
export function originalError(error: unknown): unknown {
  return error instanceof HandlerError ? error.cause : error
}

function declaredKind(cause: Error): AttemptKind | undefined {
  if (cause instanceof PermanentError || cause instanceof MalformedEventError) return 'permanent'
  if (cause instanceof RetryableError || isLate(cause) || contention.has(codeOf(cause))) return 'retryable'
  return undefined
}

/** That time ran out says nothing against the event: what it waits for may be slow for a while. The server's limit and ours are about equal. */
function isLate(cause: Error): boolean {
  return cause instanceof HandlerTimeoutError || codeOf(cause) === statementTimeout
}

function isOutage(cause: Error): boolean {
  if (cause instanceof BusUnavailableError || cause instanceof DatabaseSilentError) return true
  const code = codeOf(cause)
  if (socketFault.test(code) && !('query' in cause)) return false
  return databaseOutage(Object.assign(new Error(), { code }))
}

/** An error and what caused it, the outermost first; a circle ends where it began. */
function causesOf(error: unknown): Error[] {
  const causes = new Set<Error>()
  for (let cause = error; cause instanceof Error && !causes.has(cause); cause = cause.cause) causes.add(cause)
  return [...causes]
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Anything may be thrown, and any message may be no text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 1, customInspect: false, breakLength: Number.POSITIVE_INFINITY })
}
