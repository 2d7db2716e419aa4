import type { Executor } from '@crm/service-kit/database/database.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { ReceivedEvent } from '../envelope/decode-message.ts'

/**
 * Handles events in a transaction: what it writes through `tx` happens once per event. When it rejects, everything is rolled back; of
 * several events each then comes alone.
 */
export type ApplyEvents<C extends EventContract> = (events: ReceivedEvent<C>[], tx: Executor) => Promise<void>

/**
 * Does what is outside the database, at least once per event, before the transaction. Resolves to what is written in it; some of the
 * events may be missing there, since another consumer handled them meanwhile.
 */
export type PrepareEvents<C extends EventContract> = (events: ReceivedEvent<C>[], signal: AbortSignal) => Promise<ApplyEvents<C>>

interface ConsumerBasics<C extends EventContract> {
  /** `<process>.<what it does>`, such as `crm-worker.qualify-lead`. Renaming it makes a new group, which begins with the earliest events. */
  readonly group: string
  readonly on: readonly C[]
  /** How long what runs in the transaction may take, in milliseconds; default 10 s, 14 s at most. Longer is a failure of the handler. */
  readonly applyDeadlineMs?: number
}

interface HandlingConsumer<C extends EventContract> extends ConsumerBasics<C> {
  readonly handle: ApplyEvents<C>
  readonly prepare?: undefined
  readonly prepareDeadlineMs?: undefined
}

interface PreparingConsumer<C extends EventContract> extends ConsumerBasics<C> {
  readonly prepare: PrepareEvents<C>
  /** How long `prepare` may take, in milliseconds; default 30 s, an hour at most. Longer is a failure of the handler. */
  readonly prepareDeadlineMs?: number
  readonly handle?: undefined
}

/**
 * What a consumer listens to and what it does about it. It gets events the group has not handled before, all of one topic and
 * partition, in order. Throws RetryableError or PermanentError to say what is to become of an event; any other error is tried 5 times.
 */
export type ConsumerDefinition<C extends EventContract = EventContract> = HandlingConsumer<C> | PreparingConsumer<C>

// The server ends a transaction that is left idle for 15 s, which would look like an outage.
export const applyDeadline = { usualMs: 10_000, mostMs: 14_000 }
export const prepareDeadline = { usualMs: 30_000, mostMs: 3_600_000 }

const groupName = /^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/

/** Throws when the group's name is not of the form above, or a deadline is not within its bounds. */
export function defineConsumer<C extends EventContract>(definition: ConsumerDefinition<C>): ConsumerDefinition<C> {
  const { group, applyDeadlineMs, prepareDeadlineMs } = definition
  if (!groupName.test(group)) throw new Error(`consumer group '${group}' is not named <process>.<what-it-does>`)
  requireWithin('applyDeadlineMs', applyDeadlineMs ?? applyDeadline.usualMs, applyDeadline.mostMs)
  requireWithin('prepareDeadlineMs', prepareDeadlineMs ?? prepareDeadline.usualMs, prepareDeadline.mostMs)
  return definition
}

function requireWithin(name: string, ms: number, mostMs: number): void {
  if (!Number.isInteger(ms) || ms < 1 || ms > mostMs) throw new Error(`${name} is ${ms}, not an integer from 1 to ${mostMs}`)
}
