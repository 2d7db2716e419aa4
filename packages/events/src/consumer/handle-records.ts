import { processHasFailed } from '@crm/service-kit/shutdown/process-failure.ts'
import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { ReceivedEvent } from '../envelope/decode-message.ts'
import { failpoint } from '../failpoints/failpoint.ts'
import { storeDeadLetters } from './dead-letter-writer.ts'
import { TakenOverError } from './errors.ts'
import { onceMoreAfterContention, onFailure } from './failed-records.ts'
import { causeOf, processCrashes } from './failure.ts'
import { completeGiveUp, giveUp } from './give-up.ts'
import { handleEvents } from './handle-events.ts'
import type { Outcome, PartitionContext } from './partition-context.ts'
import { withProcessMutex } from './process-mutex.ts'
import { crashesAtMost, type OffsetRange, type RetryState } from './retry-state.ts'
import { type MalformedRecord, sortRecords } from './sort-records.ts'

/**
 * Handles consecutive records together: effects first, then dead letters for what cannot be read. Rejects when it cannot go on for a
 * reason that is not the records', and some of them may be done then: all are to be delivered again.
 */
export async function handleRecords<C extends EventContract>(
  context: PartitionContext<C>,
  records: readonly BusRecord[],
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted()
  const [first] = records
  if (first === undefined) return 'done'
  const known = context.state.at(first.offset)
  const { crashes, decision } = known
  if (decision?.storedAt === first.storedAt.getTime()) return await completeGiveUp(context, first, decision)
  if (crashes >= crashesAtMost)
    return await giveUp(context, { record: first, known }, { cause: 'crashes', deadLetter: processCrashes(crashes) })
  const inFlight = { first: first.offset, last: records.at(-1)?.offset ?? first.offset }
  const work = () => attempt(context, { records, inFlight, signal })
  return crashes > 0 ? await withProcessMutex(work, signal) : await work()
}

interface Attempt {
  records: readonly BusRecord[]
  inFlight: OffsetRange
  signal: AbortSignal
}

async function attempt<C extends EventContract>(context: PartitionContext<C>, { records, inFlight, signal }: Attempt): Promise<Outcome> {
  const { state, ownership, contracts } = context
  const next = state.afterDone(inFlight.last)
  if (!(await state.markInFlight(inFlight))) {
    if (state.wasLostIdle()) return 'again'
    throw new TakenOverError('another consumer of the group has had the partition meanwhile')
  }
  const { events, malformed } = sortRecords(records, ownership.group, contracts)
  if (events.length > 0) {
    try {
      const handle = () => handleAndCommit(context, { events, signal, next })
      const fresh = await onceMoreAfterContention(context, { records, signal }, handle)
      if (fresh > 0) await failpoint('consumer.committed')
    } catch (error) {
      // What fails together with its process counts as a crash of that, and not as an attempt besides.
      if (signal.aborted || processHasFailed()) throw error
      return await onFailure(context, records, error)
    }
  }
  await storeMalformed(context, malformed)
  if (events.length === 0) await state.save(next)
  return 'done'
}

interface Handling<C extends EventContract> {
  events: ReceivedEvent<C>[]
  signal: AbortSignal
  /** The state of the records that follow. */
  next: RetryState | null
}

/** Resolves to how many of the events were new. */
async function handleAndCommit<C extends EventContract>(
  context: PartitionContext<C>,
  { events, signal, next }: Handling<C>,
): Promise<number> {
  const { definition, db, state, ownership, metrics, log } = context
  const labels = { group: ownership.group, topic: ownership.topic }
  const observe = metrics.handlerSeconds.startTimer(labels)
  const fresh = await handleEvents(
    { definition, db, group: ownership.group, signal, beforeCommit: (tx) => state.saveIn(tx, next) },
    events,
  ).finally(observe)
  state.saved(next)
  metrics.processed.inc(labels, fresh.length)
  metrics.duplicates.inc(labels, events.length - fresh.length)
  log.handled(fresh)
  if (fresh.length > 0) context.afterCommit?.()
  return fresh.length
}

async function storeMalformed<C extends EventContract>(context: PartitionContext<C>, malformed: MalformedRecord[]): Promise<void> {
  const { bus, ownership, metrics, log } = context
  const { group, topic } = ownership
  await storeDeadLetters(
    bus,
    malformed.map(({ record, error }) => ({ ...causeOf(error, 1), record, group, at: new Date() })),
  )
  for (const { record, error } of malformed) log.gaveUp(record, error, 1)
  metrics.deadLettered.inc({ group, topic, cause: 'malformed' }, malformed.length)
}
