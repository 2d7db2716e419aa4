import { findNoteFaults } from '../consumers/noted-events.ts'
import type { Entry, Ledger } from '../ledger/start-ledger.ts'
import type { Load } from '../load/load.ts'
import { type Evidence, findEffectFaults } from './effects.ts'

/** A whole system, in one process or several. */
interface Source {
  settled(): Promise<void>
  gatherEvidence(loads: readonly Load[]): Promise<Evidence>
}

export interface Faults {
  /** Acknowledged changes without their effects, and events without the ledger's note. */
  lost: string[]
  /** Effects, events and notes beyond the one that each change has. */
  doubled: string[]
  /** Records that repeat an event sent before: allowed, and without effect. */
  sentAgain: number
  evidence: Evidence
  /** What the ledger has noted, in its order. */
  entries: Entry[]
}

/**
 * Waits until all is sent and done, and compares what clients were told with what is there: the effects of the product and the notes of a
 * ledger beside it. `loads` are all that the system has had.
 */
export async function findFaults(source: Source, loads: readonly Load[], ledger: Ledger): Promise<Faults> {
  await source.settled()
  // Not at the same time: what is sent last must reach it too.
  await ledger.settled()
  const [evidence, entries] = await Promise.all([source.gatherEvidence(loads), ledger.entries()])
  const { lost, doubled, sentAgain } = findEffectFaults(evidence)
  const notes = findNoteFaults(
    evidence.records.filter(({ topic }) => ledger.types.includes(topic)),
    entries,
  )
  return { lost: [...lost, ...notes.lost], doubled: [...doubled, ...notes.doubled], sentAgain, evidence, entries }
}
