import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import type { EventContract } from '../contracts/contract.ts'
import { answered, DatabaseSilentError, requireAnswer, silenceMs } from '../database/require-answer.ts'
import type { ReceivedEvent } from '../envelope/decode-message.ts'
import { claimNew, findNew } from '../inbox/claim-new.ts'
import { type ApplyEvents, applyDeadline, type ConsumerDefinition, prepareDeadline } from './define-consumer.ts'
import { HandlerError, HandlerTimeoutError, TakenOverError } from './errors.ts'
import { revocableTransaction, untilAborted } from './revocable-transaction.ts'

export interface HandleEventsOptions<C extends EventContract> {
  definition: ConsumerDefinition<C>
  db: Database
  group: string
  /** Aborted when the partition is lost. */
  signal: AbortSignal
  /** The last statement of the transaction. */
  beforeCommit(tx: Executor): Promise<void>
}

/**
 * Gives the events that the group has not handled to its handler and commits, in one transaction, their effects, their inbox rows and
 * what `beforeCommit` writes; returns these events. Rejects with HandlerError, whose cause is what the handler threw, what it left
 * undone or the end of its deadline; with the signal's reason when the partition was lost; or with the failure of a statement of its
 * own. Nothing is done then.
 */
export async function handleEvents<C extends EventContract>(
  options: HandleEventsOptions<C>,
  events: ReceivedEvent<C>[],
): Promise<ReceivedEvent<C>[]> {
  const { db, group, signal, definition } = options
  const { unseen, apply } = await preparation(options, events)
  const applyMs = definition.applyDeadlineMs ?? applyDeadline.usualMs
  const deadline = new AbortController()
  const silent = () => deadline.abort(new DatabaseSilentError('the database said nothing to the end of a transaction'))
  const silence = setTimeout(silent, applyMs + silenceMs)
  let isApplied = false
  try {
    return await revocableTransaction(db, AbortSignal.any([signal, deadline.signal]), async (tx) => {
      const claimed = unseen.length > 0 ? await claimNew(tx, group, unseen) : []
      if (claimed.length > 0) {
        await withDeadline(deadline, { limitMs: applyMs, what: 'its transaction' }, () => byHandler(() => apply([...claimed], tx)))
        isApplied = true
      }
      await options.beforeCommit(tx)
      return claimed
    })
  } catch (error) {
    if (deadline.signal.aborted) await requireAnswer(db)
    // After a statement that failed, though the handler thought nothing of it, the server refuses all others.
    throw isApplied && !signal.aborted && !(error instanceof TakenOverError) ? new HandlerError(error) : error
  } finally {
    clearTimeout(silence)
  }
}

interface Prepared<C extends EventContract> {
  /** Events that had not been handled. Only these are claimed: nothing is applied that was not prepared. */
  unseen: ReceivedEvent<C>[]
  apply: ApplyEvents<C>
}

async function preparation<C extends EventContract>(
  { definition, db, group, signal }: HandleEventsOptions<C>,
  events: ReceivedEvent<C>[],
): Promise<Prepared<C>> {
  const { prepare, handle } = definition
  if (prepare === undefined) return { unseen: events, apply: handle }
  const unseen = await answered(findNew(db, group, events))
  if (unseen.length === 0) return { unseen, apply: async () => {} }
  const deadline = new AbortController()
  const either = AbortSignal.any([signal, deadline.signal])
  either.throwIfAborted()
  const limitMs = definition.prepareDeadlineMs ?? prepareDeadline.usualMs
  const prepared = () =>
    untilAborted(
      byHandler(() => prepare([...unseen], either)),
      either,
    )
  return { unseen, apply: await withDeadline(deadline, { limitMs, what: 'its preparation' }, prepared) }
}

interface Limit {
  limitMs: number
  /** What the handler is to end in time, as the error says it. */
  what: string
}

/** Aborts the deadline, with an error of the handler, when the work takes too long. */
async function withDeadline<T>(deadline: AbortController, { limitMs, what }: Limit, work: () => Promise<T>): Promise<T> {
  const late = () => deadline.abort(new HandlerError(new HandlerTimeoutError(`the handler did not end ${what} within ${limitMs} ms`)))
  const timer = setTimeout(late, limitMs)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}

async function byHandler<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new HandlerError(cause)
  }
}
