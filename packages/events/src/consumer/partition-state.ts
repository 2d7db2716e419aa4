import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { processHasFailed } from '@crm/service-kit/shutdown/process-failure.ts'
import { answered } from '../database/require-answer.ts'
import { steadyNow } from '../timing/steady-now.ts'
import type { ConsumerLog } from './consumer-log.ts'
import { acquirePartition, markInFlight, type PartitionOwnership, savePartition } from './consumer-partitions.ts'
import { TakenOverError } from './errors.ts'
import { createRelease } from './release.ts'
import { afterDone, countTogether, type OffsetRange, type RetryState, stateAt } from './retry-state.ts'

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
  /** Whether `markInFlight` said false to one that was idle since it finished something: most likely, the partition went and came back. */
  wasLostIdle(): boolean
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
  /**
   * Owns it no more, and clears what was in flight: this process lives, so no record has crashed it. While the database is away that is
   * tried, for an hour or so, until it works, the partition is acquired anew or released. Nothing is cleared once the process has failed.
   */
  disown(): void
  /**
   * Resolves when the database knows that nothing is in flight, after as many tries as that takes; or when the signal is aborted, after
   * a line in the log: then the next owner counts a crash that was none. What was in flight when the process failed by an uncaught error
   * stays so, with a line in the log: it may be the cause. Never rejects.
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

export function createPartitionState(options: PartitionStateOptions): PartitionState {
  const { db, ownership, log } = options
  let isOwned = false
  /** Whether anything has been in flight since the partition was acquired. */
  let hasMarked = false
  /** What this consumer did when another one took the partition over, as far as it found out. */
  let lost: 'in flight' | 'idle' | undefined
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
    if (isMarked) lost = 'in flight'
    const { group, topic, partition } = ownership
    throw new TakenOverError(`another consumer of group ${group} has taken over ${topic}, partition ${partition}`)
  }

  /** Whether what is in flight may be what failed the process: its mark stays then, and the next owner counts a crash. */
  const mayHaveFailedProcess = () => isOwned && isMarked && processHasFailed()

  const releasing = createRelease(async () => {
    if (mayHaveFailedProcess()) return
    if (isBehind) await answered(savePartition(db, ownership, state))
    saved(state)
  })

  return {
    async ensureOwned(signal) {
      if (isOwned) return
      await releasing.endInBackground()
      // A process that was halted amid a record wakes to find its partition taken over, and may take it back before it hears of that.
      // Whoever has it meanwhile lives: were that counted, the two would count each other's crashes until an innocent record is given up.
      saved(await acquire(options, { signal, countsCrash: lost !== 'in flight' }))
      isOwned = true
      hasMarked = false
      lost = undefined
    },
    together: (records) => records.slice(0, countTogether(state, records)),
    current: () => state,
    at: (offset) => stateAt(state, offset),
    pauseLeft: (offset) => pauseLeft(stateAt(state, offset)),
    afterDone: (last) => afterDone(state, last),
    async markInFlight(range) {
      const wasMarked = isMarked
      isBehind = true
      isMarked = true
      isOwned = await answered(markInFlight(db, ownership, range))
      isMarked = isOwned
      if (!isOwned && hasMarked) lost = wasMarked ? 'in flight' : 'idle'
      hasMarked ||= isOwned
      return isOwned
    },
    wasLostIdle: () => lost === 'idle',
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
      if (mayHaveFailedProcess()) return
      isOwned = false
      releasing.beginInBackground()
    },
    async release(signal) {
      await releasing.untilDone(signal)
      if (mayHaveFailedProcess()) log.leftInFlight()
      else if (isMarked) log.notReleased()
    },
  }
}

function pauseLeft({ retryAt = 0 }: RetryState): number {
  return Math.max(0, Math.ceil(retryAt - steadyNow()))
}

/** Acquires the partition, says what its last owner left, and returns the state of its records. */
async function acquire(
  { db, ownership, log, longestPauseMs }: PartitionStateOptions,
  { signal, countsCrash }: { signal: AbortSignal; countsCrash: boolean },
): Promise<RetryState | null> {
  const retryBy = steadyNow() + longestPauseMs
  const { state, crashedInFlight, stateFault } = await answered(acquirePartition(db, ownership, { signal, retryBy, countsCrash }))
  if (stateFault) log.stateUnreadable(stateFault)
  if (crashedInFlight) log.crashFound(crashedInFlight, stateAt(state, crashedInFlight.first).crashes)
  return state
}
