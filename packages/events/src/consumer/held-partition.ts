import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import type { ConsumerLog } from './consumer-log.ts'
import { type Holding, markInFlight, settle, takeOver } from './delivery-marks.ts'
import { TakenOverError } from './errors.ts'
import { answered } from './require-answer.ts'
import { afterDone, countTogether, type InFlight, type Suspicion, suspicionOf } from './suspicion.ts'

/** A partition while this consumer has it, with what is held against its records; the database knows the same. */
export interface HeldPartition {
  /** Takes the partition over unless it is held. Rejects with the signal's reason when the partition is lost meanwhile. */
  ensure(signal: AbortSignal): Promise<void>
  /** The first of the records, which are to be handled together. */
  together<R extends { readonly offset: number }>(records: readonly R[]): R[]
  /** What is held against a record. */
  against(offset: number): Suspicion
  /** What is held against the records, and those that follow. */
  suspicion(): Suspicion | null
  /** What is held against the records that follow, once all through `last` are done. */
  after(last: number): Suspicion | null
  /** Notes that records are in flight; false when another consumer has had the partition meanwhile, which is to be ensured anew. */
  begin(flight: InFlight): Promise<boolean>
  /**
   * Notes in `tx` that nothing is in flight and what is held against the records that follow; `settled` tells that it committed.
   * Rejects with TakenOverError when another consumer has the partition.
   */
  settleIn(tx: Executor, next: Suspicion | null): Promise<void>
  settled(next: Suspicion | null): void
  /** Both at once. */
  settle(next: Suspicion | null): Promise<void>
  /** As `settle`, but the database hears of it by the next one or by `release`: a process that dies before has it all again. */
  settleLater(next: Suspicion | null): void
  /** Holds it no more, and begins to release it. */
  forget(): void
  /**
   * Resolves when the database knows that nothing is in flight, if it can be told: this process lives, so nothing that was has ended
   * it. Never rejects.
   */
  release(): Promise<void>
}

export function createHeldPartition(db: Database, holding: Holding, log: ConsumerLog): HeldPartition {
  let isHeld = false
  let isBehind = false
  let suspicion: Suspicion | null = null
  let releasing: Promise<void> = Promise.resolve()

  function settled(next: Suspicion | null): void {
    suspicion = next
    isBehind = false
  }

  async function settleIn(tx: Executor, next: Suspicion | null): Promise<void> {
    if (await settle(tx, holding, next)) return
    const { group, topic, partition } = holding
    throw new TakenOverError(`another consumer of group ${group} has taken over ${topic}, partition ${partition}`)
  }

  async function catchUp(): Promise<void> {
    if (!isBehind) return
    await answered(settle(db, holding, suspicion))
    isBehind = false
  }

  /** One after the other, and before the partition is taken over again: none comes late and settles what is in flight by then. */
  function release(): Promise<void> {
    releasing = releasing.then(catchUp).catch(() => {})
    return releasing
  }

  return {
    async ensure(signal) {
      if (isHeld) return
      await releasing
      const taken = await answered(takeOver(db, holding, signal))
      settled(taken.suspicion)
      isHeld = true
      if (taken.leftInFlight) log.foundInFlight(taken.leftInFlight, suspicionOf(suspicion, taken.leftInFlight.first).deaths)
    },
    together: (records) => records.slice(0, countTogether(suspicion, records)),
    against: (offset) => suspicionOf(suspicion, offset),
    suspicion: () => suspicion,
    after: (last) => afterDone(suspicion, last),
    async begin(flight) {
      isBehind = true
      isHeld = await answered(markInFlight(db, holding, flight))
      return isHeld
    },
    settleIn,
    settled,
    async settle(next) {
      await answered(settleIn(db, next))
      settled(next)
    },
    settleLater(next) {
      suspicion = next
      isBehind = true
    },
    forget() {
      isHeld = false
      void release()
    },
    release,
  }
}
