import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { pause } from '../timing/pause.ts'
import { afterDeath, type InFlight, type Suspicion } from './suspicion.ts'

/** One partition, as one consumer of a group has it. */
export interface Holding {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Unique to a consumer and a start of its process. */
  readonly consumer: string
}

export interface TakenOver {
  suspicion: Suspicion | null
  /** What was in flight when another consumer ended without finishing it. */
  leftInFlight: InFlight | null
}

// One that lost the partition and lives says so within moments.
const graceMs = 2_000
const pollMs = 50

/**
 * Makes a partition this consumer's and says what is held against its records. Records that another consumer has left in flight count
 * as a death of its process, unless it settles them within 2 s.
 */
export async function takeOver(db: Database, holding: Holding, signal: AbortSignal): Promise<TakenOver> {
  const { group, topic, partition, consumer } = holding
  const { suspicion: before, leftInFlight } = await readSettled(db, holding, signal)
  const suspicion = leftInFlight ? afterDeath(before, leftInFlight) : before
  await db.sql`
    insert into deliveries (group_name, topic, partition, consumer, suspicion)
    values (${group}, ${topic}, ${partition}, ${consumer}, ${asJson(suspicion)}::text::json)
    on conflict (group_name, topic, partition) do update
    set consumer = excluded.consumer, first_offset = null, last_offset = null, suspicion = excluded.suspicion`
  return { suspicion, leftInFlight }
}

async function readSettled(db: Database, holding: Holding, signal: AbortSignal): Promise<TakenOver> {
  for (const deadline = performance.now() + graceMs; ; await pause(pollMs, signal)) {
    const row = await read(db, holding)
    const leftInFlight = row?.first == null || row.last === null ? null : { first: row.first, last: row.last }
    const suspicion = row?.suspicion ?? null
    if (leftInFlight === null || row?.consumer === holding.consumer) return { suspicion, leftInFlight: null }
    if (performance.now() > deadline) return { suspicion, leftInFlight }
    signal.throwIfAborted()
  }
}

interface DeliveryRow {
  consumer: string
  first: number | null
  last: number | null
  suspicion: Suspicion | null
}

async function read(db: Database, { group, topic, partition }: Holding): Promise<DeliveryRow | undefined> {
  const [row] = await db.sql<DeliveryRow[]>`
    select consumer, first_offset::float8 as first, last_offset::float8 as last, suspicion from deliveries
    where group_name = ${group} and topic = ${topic} and partition = ${partition}`
  return row
}

/** Notes that records are in flight; false when the partition is no longer this consumer's. */
export async function markInFlight(db: Database, holding: Holding, { first, last }: InFlight): Promise<boolean> {
  const { group, topic, partition, consumer } = holding
  // It must outlive this process, not the server: no need to wait for the disk.
  const { count } = await db.sql`
    with unsynced as materialized (select set_config('synchronous_commit', 'off', true))
    update deliveries set first_offset = ${first}, last_offset = ${last} from unsynced
    where group_name = ${group} and topic = ${topic} and partition = ${partition} and consumer = ${consumer}`
  return count > 0
}

/** Notes that nothing is in flight any more; false when the partition is no longer this consumer's. */
export async function settle({ sql }: Executor, holding: Holding, suspicion: Suspicion | null): Promise<boolean> {
  const { group, topic, partition, consumer } = holding
  const { count } = await sql`
    update deliveries set first_offset = null, last_offset = null, suspicion = ${asJson(suspicion)}::text::json
    where group_name = ${group} and topic = ${topic} and partition = ${partition} and consumer = ${consumer}`
  return count > 0
}

function asJson(suspicion: Suspicion | null): string | null {
  return suspicion === null ? null : JSON.stringify(suspicion)
}
