import type { BusRecord } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { DeadLetterCause } from '../dead-letters/dead-letter.ts'
import { storeDeadLetters } from './dead-letter-writer.ts'
import type { Outcome, PartitionContext } from './partition-consumer.ts'
import type { Suspicion, Verdict } from './suspicion.ts'

export interface Reason {
  kind: Verdict['kind']
  cause: DeadLetterCause
  error?: unknown
}

/** Decides that a record is given up, and stores it as a dead letter. */
export async function giveUp<C extends EventContract>(
  context: PartitionContext<C>,
  { record, known }: { record: BusRecord; known: Suspicion },
  { kind, cause, error }: Reason,
): Promise<Outcome> {
  const verdict = { ...cause, kind, storedAt: record.storedAt.getTime() }
  // First of all: the handler is not to be tried again, however long it takes to store the dead letter.
  await context.held.settle({ ...known, verdict })
  return await carryOut(context, record, verdict, error)
}

/** Stores a record that was given up as a dead letter. Rejects when it cannot be stored: the verdict stands, to be carried out again. */
export async function carryOut<C extends EventContract>(
  { bus, held, holding, metrics, log }: PartitionContext<C>,
  record: BusRecord,
  { kind, reason, errorClass, attempts }: Verdict,
  error: unknown = Object.assign(new Error(reason), { name: errorClass }),
): Promise<Outcome> {
  const { group, topic } = holding
  await storeDeadLetters(bus, [{ reason, errorClass, attempts, record, group, at: new Date() }])
  metrics.deadLettered.inc({ group, topic, cause: kind })
  log.gaveUp(record, error, attempts)
  const { deaths, inherited } = held.against(record.offset)
  held.settleLater(held.after(record.offset))
  // Were it delivered again after a record behind it is done, nobody would know of the verdict. A refusal is found again at once.
  return kind === 'permanent' && deaths === 0 && inherited === 0 ? 'done' : 'commit'
}
