import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'
import { steadyNow } from '../timing/steady-now.ts'
import type { ConsumerLog } from './consumer-log.ts'
import { acquirePartition, markInFlight, type PartitionOwnership, savePartition } from './consumer-partitions.ts'
import { TakenOverError } from './errors.ts'
import { answered } from './require-answer.ts'
import { afterDone, countTogether, type OffsetRange, type RetryState, stateAt } from './retry-state.ts'
import { untilAborted } from './revocable-transaction.ts'

/**
 * A partition's row in `consumer_partitions`, as the consumer that owns it has it in memory. The order of things for each batch: mark
 * it as in flight, handle it, save (in the transaction of its effects) that it no longer is. A mark that is left tells the next owner
 * that a process crashed over these records.
 */
export interface PartitionState {
  /** Acquires the partition unless it is owned. Rejects with the signal's reason when the partition is lost meanwhile. */
  ensureOwned(signal: AbortSignal): Promise<void>
  /** The first of the records, as many as are to be handled together. */
  together<R extends { readonly offset: number }>(records: readonly R[]): R[]
  /** The state of the records that are next. */
  current(): RetryState | null
  /** The same with this record as the next. */
  at(offset: number): RetryState
  /** Milliseconds until a record may be tried again; 0 when it may be now. */
  pauseLeft(offset: number): number
  /** The state that is left once all through `last` are done. */
  afterDone(last: number): RetryState | null
  /** Notes that records are in flight; false when another consumer owns the partition, which is to be acquired anew. */
  markInFlight(range: OffsetRange): Promise<boolean>
  /**
   * Notes in `tx` that nothing is in flight, and the state from here on; `saved` tells that it committed. Rejects with TakenOverError
   * when another consumer owns the partition.
   */
  saveIn(tx: Executor, next: RetryState | null): Promise<void>
  saved(next: RetryState | null): void
  /** Both at once. */
  save(next: RetryState | null): Promise<void>
  /** As `save`, but the database hears of it with the next one or by `release`: after a crash before that, it has the old state. */
  saveLater(next: RetryState | null): void
  /** Owns it no more, and begins to clear what was in flight: this process lives, so no record has crashed it. */
  disown(): void
  /**
   * Resolves when the database knows that nothing is in flight, after as many tries as that takes; or when the signal is aborted, after
   * a line in the log: then the next owner counts a crash that was none. Never rejects.
   */
  release(signal: AbortSignal): Promise<void>
}

export interface PartitionStateOptions {
  db: Database
  ownership: PartitionOwnership
  log: ConsumerLog
  /** The longest pause between attempts, in milliseconds. */
  longestPauseMs: number
}

const releaseRetry = { baseMs: 50, maxMs: 500 }

export function createPartitionState({ db, ownership, log, longestPauseMs }: PartitionStateOptions): PartitionState {
  let isOwned = false
  /** Whether another consumer was found to own the partition since this one acquired it. */
  let wasTakenOver = false
  /** Whether the database may show something as in flight, or an old state. */
  let isBehind = false
  let isMarked = false
  let state: RetryState | null = null

  function saved(next: RetryState | null): void {
    state = next
    isBehind = false
    isMarked = false
  }

  async function saveIn(tx: Executor, next: RetryState | null): Promise<void> {
    if (await savePartition(tx, ownership, next)) return
    wasTakenOver = true
    const { group, topic, partition } = ownership
    throw new TakenOverError(`another consumer of group ${group} has taken over ${topic}, partition ${partition}`)
  }

  const releasing = createRelease(async () => {
    if (isBehind) await answered(savePartition(db, ownership, state))
    isBehind = false
    isMarked = false
  })

  return {
    async ensureOwned(signal) {
      if (isOwned) return
      await releasing.tried()
      // A process that was halted wakes to find its partition taken over, and may take it back before it hears that it lost it. Whoever
      // has it meanwhile lives: were that counted, the two would count crashes of each other until an innocent record is given up.
      const options = { signal, retryBy: steadyNow() + longestPauseMs, countsCrash: !wasTakenOver }
      const acquired = await answered(acquirePartition(db, ownership, options))
      saved(acquired.state)
      isOwned = true
      wasTakenOver = false
      if (acquired.stateFault) log.stateUnreadable(acquired.stateFault)
      if (acquired.crashedInFlight) log.crashFound(acquired.crashedInFlight, stateAt(state, acquired.crashedInFlight.first).crashes)
    },
    together: (records) => records.slice(0, countTogether(state, records)),
    current: () => state,
    at: (offset) => stateAt(state, offset),
    pauseLeft(offset) {
      const { retryAt = 0 } = stateAt(state, offset)
      return Math.max(0, Math.ceil(retryAt - steadyNow()))
    },
    afterDone: (last) => afterDone(state, last),
    async markInFlight(range) {
      isBehind = true
      isMarked = true
      isOwned = await answered(markInFlight(db, ownership, range))
      wasTakenOver = !isOwned
      return isOwned
    },
    saveIn,
    saved,
    async save(next) {
      await answered(saveIn(db, next))
      saved(next)
    },
    saveLater(next) {
      state = next
      isBehind = true
    },
    disown() {
      isOwned = false
      void releasing.attempt()
    },
    async release(signal) {
      await releasing.untilDone(signal)
      if (isMarked) log.notReleased()
    },
  }
}

/** Tries to bring the database up to date: one try after the other, so that none comes late and clears what is in flight by then. */
function createRelease(catchUp: () => Promise<void>) {
  let last: Promise<boolean> = Promise.resolve(true)

  /** Resolves to whether it worked; where it did not, the database is away, and the log has said so. */
  function attempt(): Promise<boolean> {
    last = last.then(async () =>
      catchUp().then(
        () => true,
        () => false,
      ),
    )
    return last
  }

  return {
    attempt,
    /** Resolves when no try is on its way. */
    tried: async () => void (await last),
    async untilDone(signal: AbortSignal): Promise<void> {
      for (let failures = 1; !signal.aborted; failures++) {
        if (await untilAborted(attempt(), signal).catch(() => false)) return
        await pause(backoffDelay(failures, releaseRetry), signal)
      }
    },
  }
}
