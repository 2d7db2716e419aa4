import type { BusMessage } from '../bus/bus.ts'
import type { OutboxRow } from '../outbox/outbox-row.ts'

/** The message of a stored event: CloudEvents 1.0 in Kafka's binary mode, keyed by the record so that its events keep their order. */
export function toMessage(row: OutboxRow): BusMessage {
  const headers: Record<string, Buffer> = {
    'content-type': Buffer.from('application/json'),
    ce_specversion: Buffer.from('1.0'),
    ce_id: Buffer.from(row.eventId),
    ce_type: Buffer.from(row.type),
    ce_source: Buffer.from(row.source),
    ce_subject: Buffer.from(row.recordId),
    ce_time: Buffer.from(row.occurredAt.toISOString()),
  }
  if (row.sequence !== null) headers.ce_sequence = Buffer.from(String(row.sequence))
  if (row.requestId !== null) headers.ce_requestid = Buffer.from(row.requestId)
  if (row.traceparent !== null) headers.traceparent = Buffer.from(row.traceparent)
  return { topic: row.type, key: Buffer.from(row.recordId), value: Buffer.from(row.payload), headers }
}
