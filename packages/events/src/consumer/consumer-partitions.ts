import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { pause } from '../timing/pause.ts'
import { afterCrash, type OffsetRange, type RetryState, readRetryState, withRetryBy } from './retry-state.ts'

/** One partition, as one consumer of a group owns it. */
export interface PartitionOwnership {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Unique to a consumer and a start of its process. */
  readonly owner: string
}

export interface AcquiredPartition {
  state: RetryState | null
  /** What another owner left in flight, which counts as a crash of its process. */
  crashedInFlight: OffsetRange | null
  /** What was wrong with the state that the table holds; it is dropped then. */
  stateFault?: string
}

export interface AcquireOptions {
  signal: AbortSignal
  /** The latest time at which a record that failed is to be tried again. */
  retryBy: number
  /** Whether what another owner has left in flight counts as a crash of its process. */
  countsCrash: boolean
}

// An owner that lost the partition and lives clears what it had in flight within moments.
const graceMs = 2_000
const pollMs = 50

/**
 * Makes this consumer the partition's owner and returns the state of its records. Records that another owner has in flight count as a
 * crash of its process, unless it clears them within 2 s. Rejects with the signal's reason.
 */
export async function acquirePartition(
  db: Database,
  ownership: PartitionOwnership,
  { signal, retryBy, countsCrash }: AcquireOptions,
): Promise<AcquiredPartition> {
  const { group, topic, partition, owner } = ownership
  const row = await readOnceCleared(db, ownership, signal)
  const read = readRetryState(row?.retryState)
  const before = 'fault' in read ? null : read.state
  const crashedInFlight = row === undefined || row.owner === owner || !countsCrash ? null : rangeOf(row)
  const state = withRetryBy(crashedInFlight ? afterCrash(before, crashedInFlight) : before, retryBy)
  await db.sql`
    insert into consumer_partitions (group_name, topic, partition, owner, retry_state)
    values (${group}, ${topic}, ${partition}, ${owner}, ${asJson(state)}::text::json)
    on conflict (group_name, topic, partition) do update
    set owner = excluded.owner, in_flight_first = null, in_flight_last = null, retry_state = excluded.retry_state`
  return { state, crashedInFlight, ...('fault' in read && { stateFault: read.fault }) }
}

/** The row once its owner has nothing in flight, or when the time to say so is over. */
async function readOnceCleared(db: Database, ownership: PartitionOwnership, signal: AbortSignal): Promise<PartitionRow | undefined> {
  for (const deadline = performance.now() + graceMs; ; await pause(pollMs, signal)) {
    const row = await readRow(db, ownership)
    if (row === undefined || rangeOf(row) === null || row.owner === ownership.owner || performance.now() > deadline) return row
    signal.throwIfAborted()
  }
}

interface PartitionRow {
  owner: string
  first: number | null
  last: number | null
  retryState: unknown
}

async function readRow(db: Database, { group, topic, partition }: PartitionOwnership): Promise<PartitionRow | undefined> {
  const [row] = await db.sql<PartitionRow[]>`
    select owner, in_flight_first::float8 as first, in_flight_last::float8 as last, retry_state as "retryState"
    from consumer_partitions where group_name = ${group} and topic = ${topic} and partition = ${partition}`
  return row
}

function rangeOf({ first, last }: PartitionRow): OffsetRange | null {
  return first === null || last === null ? null : { first, last }
}

/** Notes that records are in flight; false when the partition has another owner. */
export async function markInFlight(db: Database, ownership: PartitionOwnership, { first, last }: OffsetRange): Promise<boolean> {
  const { group, topic, partition, owner } = ownership
  // It must outlive this process, not the server: no need to wait for the disk.
  const { count } = await db.sql`
    with unsynced as materialized (select set_config('synchronous_commit', 'off', true))
    update consumer_partitions set in_flight_first = ${first}, in_flight_last = ${last} from unsynced
    where group_name = ${group} and topic = ${topic} and partition = ${partition} and owner = ${owner}`
  return count > 0
}

/** Notes that nothing is in flight any more, and the state of the records that follow; false when the partition has another owner. */
export async function savePartition({ sql }: Executor, ownership: PartitionOwnership, state: RetryState | null): Promise<boolean> {
  const { group, topic, partition, owner } = ownership
  const { count } = await sql`
    update consumer_partitions set in_flight_first = null, in_flight_last = null, retry_state = ${asJson(state)}::text::json
    where group_name = ${group} and topic = ${topic} and partition = ${partition} and owner = ${owner}`
  return count > 0
}

function asJson(state: RetryState | null): string | null {
  return state === null ? null : JSON.stringify(state)
}
