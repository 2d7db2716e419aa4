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
  /**
   * Most records that are handled together, in one transaction; 500 at most. Default 500, where records can be handled in one statement,
   * and 10 with `prepare`: its time is for all of them, and after a failure or crash all are prepared again.
   */
  readonly batchSize?: number
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
 * partition, in order. Throws RetryableError or PermanentError to say what is to become of an event; any other error is tried 5 times, a
 * deadline or a statement's time limit that was exceeded 20 times.
 */
export type ConsumerDefinition<C extends EventContract = EventContract> = HandlingConsumer<C> | PreparingConsumer<C>

// The server ends a transaction that is left idle for 15 s, which would look like an outage.
export const applyDeadline = { usualMs: 10_000, mostMs: 14_000 }
export const prepareDeadline = { usualMs: 30_000, mostMs: 3_600_000 }

// No bus delivers more at once.
const batchSizes = { handling: 500, preparing: 10, most: 500 }

const groupName = /^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/

/** Throws when the group's name is not of the form above, or a number is not within its bounds. */
export function defineConsumer<C extends EventContract>(definition: ConsumerDefinition<C>): ConsumerDefinition<C> {
  const { group, batchSize, applyDeadlineMs, prepareDeadlineMs } = definition
  if (!groupName.test(group)) throw new Error(`consumer group '${group}' is not named <process>.<what-it-does>`)
  requireWithin('batchSize', batchSize ?? 1, batchSizes.most)
  requireWithin('applyDeadlineMs', applyDeadlineMs ?? applyDeadline.usualMs, applyDeadline.mostMs)
  requireWithin('prepareDeadlineMs', prepareDeadlineMs ?? prepareDeadline.usualMs, prepareDeadline.mostMs)
  return definition
}

/** Most records that the consumer handles together. */
export function batchSizeOf<C extends EventContract>({ batchSize, prepare }: ConsumerDefinition<C>): number {
  return batchSize ?? (prepare === undefined ? batchSizes.handling : batchSizes.preparing)
}

function requireWithin(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`${name} is ${value}, not an integer from 1 to ${most}`)
}
