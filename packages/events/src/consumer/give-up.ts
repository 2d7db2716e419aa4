import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { DeadLetterCause } from '../dead-letters/dead-letter.ts'
import { storeDeadLetters } from './dead-letter-writer.ts'
import type { Outcome, PartitionContext } from './partition-context.ts'
import type { GiveUpDecision, RetryState } from './retry-state.ts'

export interface GiveUpReason {
  cause: GiveUpDecision['cause']
  deadLetter: DeadLetterCause
  /** The last error itself, for the log. */
  error?: unknown
}

/**
 * Gives a record up, in two steps: the decision is saved, then the record is stored as a dead letter. While that fails, each further
 * delivery finds the decision and does the second step alone; see completeGiveUp.
 */
export async function giveUp<C extends EventContract>(
  context: PartitionContext<C>,
  { record, known }: { record: BusRecord; known: RetryState },
  { cause, deadLetter, error }: GiveUpReason,
): Promise<Outcome> {
  const decision = { ...deadLetter, cause, storedAt: record.storedAt.getTime() }
  // Saved first: however long it takes to store the dead letter, the handler does not get the record again.
  await context.state.save({ ...known, decision })
  return await completeGiveUp(context, record, decision, error)
}

/** Stores a record that was given up as a dead letter. Rejects when it cannot be stored: the decision stays, and this is to be called again. */
export async function completeGiveUp<C extends EventContract>(
  { bus, state, ownership, metrics, log }: PartitionContext<C>,
  record: BusRecord,
  { cause, reason, errorClass, attempts }: GiveUpDecision,
  error: unknown = Object.assign(new Error(reason), { name: errorClass }),
): Promise<Outcome> {
  const { group, topic } = ownership
  await storeDeadLetters(bus, [{ reason, errorClass, attempts, record, group, at: new Date() }])
  metrics.deadLettered.inc({ group, topic, cause })
  log.gaveUp(record, error, attempts)
  const { crashes, sharedCrashes } = state.at(record.offset)
  state.saveLater(state.afterDone(record.offset))
  // The state no longer knows the decision. Were the process to crash with the offset uncommitted, the record would come again and be
  // tried anew: after crashes or many attempts that is costly, so the offset is committed at once. A PermanentError is found again soon.
  return cause === 'permanent' && crashes === 0 && sharedCrashes === 0 ? 'done' : 'commit'
}
