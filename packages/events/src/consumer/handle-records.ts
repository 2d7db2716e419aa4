import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { ReceivedEvent } from '../envelope/decode-message.ts'
import { failpoint } from '../failpoints/failpoint.ts'
import { storeDeadLetters } from './dead-letter-writer.ts'
import { TakenOverError } from './errors.ts'
import { onFailure } from './failed-records.ts'
import { causeOf, processDeaths } from './failure.ts'
import { carryOut, giveUp } from './give-up.ts'
import { handleEvents } from './handle-events.ts'
import type { Outcome, PartitionContext } from './partition-consumer.ts'
import { type MalformedRecord, sortRecords } from './sort-records.ts'
import { suspectsTakeTurns } from './suspects.ts'
import { deathsAtMost, type InFlight, type Suspicion } from './suspicion.ts'

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
  const known = context.held.against(first.offset)
  const { deaths, verdict } = known
  if (verdict?.storedAt === first.storedAt.getTime()) return await carryOut(context, first, verdict)
  if (deaths >= deathsAtMost) return await giveUp(context, { record: first, known }, { kind: 'deaths', cause: processDeaths(deaths) })
  const inFlight = { first: first.offset, last: records.at(-1)?.offset ?? first.offset }
  const work = () => attempt(context, { records, inFlight, signal })
  return deaths > 0 ? await suspectsTakeTurns(work, signal) : await work()
}

interface Attempt {
  records: readonly BusRecord[]
  inFlight: InFlight
  signal: AbortSignal
}

async function attempt<C extends EventContract>(context: PartitionContext<C>, { records, inFlight, signal }: Attempt): Promise<Outcome> {
  const { held, holding, contracts } = context
  const next = held.after(inFlight.last)
  if (!(await held.begin(inFlight))) throw new TakenOverError('another consumer of the group has had the partition meanwhile')
  const { events, malformed } = sortRecords(records, holding.group, contracts)
  if (events.length > 0) {
    try {
      const fresh = await handleAndCommit(context, { events, signal, next })
      if (fresh > 0) await failpoint('consumer.committed')
    } catch (error) {
      if (signal.aborted) throw error
      return await onFailure(context, records, error)
    }
  }
  await storeMalformed(context, malformed)
  if (events.length === 0) await held.settle(next)
  return 'done'
}

interface Handling<C extends EventContract> {
  events: ReceivedEvent<C>[]
  signal: AbortSignal
  /** What is to be held against the records that follow. */
  next: Suspicion | null
}

/** Resolves to how many of the events were new. */
async function handleAndCommit<C extends EventContract>(
  context: PartitionContext<C>,
  { events, signal, next }: Handling<C>,
): Promise<number> {
  const { definition, db, held, holding, metrics, log } = context
  const labels = { group: holding.group, topic: holding.topic }
  const observe = metrics.handlerSeconds.startTimer(labels)
  const settle = held.settleIn
  const fresh = await handleEvents(
    { definition, db, group: holding.group, signal, beforeCommit: (tx) => settle(tx, next) },
    events,
  ).finally(observe)
  held.settled(next)
  metrics.processed.inc(labels, fresh.length)
  metrics.duplicates.inc(labels, events.length - fresh.length)
  log.handled(fresh)
  if (fresh.length > 0) context.afterCommit?.()
  return fresh.length
}

async function storeMalformed<C extends EventContract>(context: PartitionContext<C>, malformed: MalformedRecord[]): Promise<void> {
  const { bus, holding, metrics, log } = context
  const { group, topic } = holding
  await storeDeadLetters(
    bus,
    malformed.map(({ record, error }) => ({ ...causeOf(error, 1), record, group, at: new Date() })),
  )
  for (const { record, error } of malformed) log.gaveUp(record, error, 1)
  metrics.deadLettered.inc({ group, topic, cause: 'malformed' }, malformed.length)
}
