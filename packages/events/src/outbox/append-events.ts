import type { Executor } from '@crm/service-kit/database/database.ts'
import type { NewEvent } from '../envelope/new-event.ts'
import { outboxRow } from './outbox-row.ts'

/**
 * Writes events in one statement, in the order given. Call it in the transaction of the change they tell of, after the change itself:
 * the lock on the changed record is what keeps the ids of its events in commit order.
 */
export async function appendEvents(tx: Executor, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map(outboxRow)
  await tx.sql`
    insert into outbox (event_id, type, source, record_id, sequence, payload, request_id, traceparent, shard, occurred_at)
    select event_id, type, source, record_id, sequence, payload::json, request_id, traceparent, shard, occurred_at::timestamptz
    from unnest(
      ${rows.map((row) => row.eventId)}::uuid[],
      ${rows.map((row) => row.type)}::text[],
      ${rows.map((row) => row.source)}::text[],
      ${rows.map((row) => row.recordId)}::text[],
      ${rows.map((row) => row.sequence)}::bigint[],
      ${rows.map((row) => row.payload)}::text[],
      ${rows.map((row) => row.requestId)}::text[],
      ${rows.map((row) => row.traceparent)}::text[],
      ${rows.map((row) => row.shard)}::smallint[],
      ${rows.map((row) => row.occurredAt.toISOString())}::text[]
    ) with ordinality as event (event_id, type, source, record_id, sequence, payload, request_id, traceparent, shard, occurred_at, place)
    order by place`
}
