import type { Executor } from '@crm/service-kit/database/database.ts'

/** What the inbox needs to know of an event. */
export interface Claimable {
  readonly id: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * Marks events as processed by the group and returns those that were not, in the order given and each once.
 * Waits for a transaction that is claiming one of them now. When `tx` rolls back, nothing was claimed.
 */
export async function claimNew<E extends Claimable>(tx: Executor, group: string, events: readonly E[]): Promise<E[]> {
  const claimed = await tx.sql<{ id: string }[]>`
    insert into inbox (group_name, event_id, topic, partition, record_offset)
    select ${group}, event.* from unnest(
      ${events.map((event) => event.id)}::uuid[],
      ${events.map((event) => event.topic)}::text[],
      ${events.map((event) => event.partition)}::int[],
      ${events.map((event) => event.offset)}::bigint[]
    ) as event
    on conflict do nothing
    returning event_id as id`
  return eachOnce(events, new Set(claimed.map((row) => row.id)))
}

/** The events that the group has not processed, in the order given and each once; another consumer may process one the moment after. */
export async function findNew<E extends Claimable>(db: Executor, group: string, events: readonly E[]): Promise<E[]> {
  const rows = await db.sql<{ id: string }[]>`
    select event_id as id from inbox where group_name = ${group} and event_id = any(${events.map((event) => event.id)}::uuid[])`
  const processed = new Set(rows.map((row) => row.id))
  return eachOnce(events, new Set(events.map((event) => event.id).filter((id) => !processed.has(id))))
}

function eachOnce<E extends Claimable>(events: readonly E[], ids: Set<string>): E[] {
  return events.filter((event) => ids.delete(event.id))
}
