import type postgres from 'postgres'
import { murmur2 } from '../bus/partitioner.ts'
import type { NewEvent } from '../envelope/new-event.ts'

/** Shards of an outbox. Changing it would let two relays send events of one record while old rows are unpublished. */
export const outboxShardCount = 32

/** An event as the outbox keeps it: everything its message is made of. */
export interface OutboxRow {
  eventId: string
  type: string
  source: string
  recordId: string
  sequence: number | null
  /** JSON text. */
  payload: string
  requestId: string | null
  traceparent: string | null
  shard: number
  occurredAt: Date
}

export function outboxRow(event: NewEvent): OutboxRow {
  return {
    eventId: event.id,
    type: event.type,
    source: event.source,
    recordId: event.recordId,
    sequence: event.sequence,
    payload: JSON.stringify(event.payload),
    requestId: event.requestId,
    traceparent: event.traceparent,
    shard: (murmur2(Buffer.from(event.recordId)) & 0x7fffffff) % outboxShardCount,
    occurredAt: event.occurredAt,
  }
}

/**
 * The outbox's columns and one event's values for them, in the same order, as parts of a statement of the caller's that writes the
 * change and its event at once: `with lead as (insert ... returning id) insert into outbox (${columns}) select ${values} from lead`.
 */
export function outboxInsertParts(sql: postgres.ISql, event: NewEvent) {
  const row = outboxRow(event)
  return {
    columns: sql`event_id, type, source, record_id, sequence, payload, request_id, traceparent, shard, occurred_at`,
    values: sql`${row.eventId}::uuid, ${row.type}::text, ${row.source}::text, ${row.recordId}::text, ${row.sequence}::bigint,
      ${row.payload}::json, ${row.requestId}::text, ${row.traceparent}::text, ${row.shard}::smallint, ${row.occurredAt}::timestamptz`,
  }
}
