import type { BusMessage, BusRecord } from '../bus/bus.ts'
import { deadLetterReplayed } from '../contracts/ops.ts'
import { newEvent } from '../envelope/new-event.ts'
import { toMessage } from '../envelope/to-message.ts'
import { visibleText } from '../logging/visible-text.ts'
import { outboxRow } from '../outbox/outbox-row.ts'
import type { DeadLetter } from './find-dead-letters.ts'
import { deadLetterHeaders, headersOf, originalHeaders } from './headers.ts'

/** The original message, for the group that gave it up and nobody else. */
export function replayMessage({ id, group, topic }: DeadLetter, { key, value, headers }: BusRecord): BusMessage {
  const added = headersOf({ [deadLetterHeaders.replayGroup]: group, [deadLetterHeaders.replayOf]: id })
  return { topic, key, value, headers: { ...originalHeaders(headers), ...added } }
}

/** Tells, beside the dead letter, that it was sent again. */
export function replayMarker({ id, kept }: DeadLetter, { key }: BusRecord, at: Date): BusMessage {
  const headers = headersOf({ [deadLetterHeaders.replayed]: id, [deadLetterHeaders.time]: at.toISOString() })
  return { topic: kept.topic, key, value: null, headers }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The event that says so to everyone. */
export function replayedEvent({ id, group, topic, partition, offset, eventId, errorClass }: DeadLetter, at: Date): BusMessage {
  const event = newEvent(deadLetterReplayed, {
    recordId: id,
    sequence: null,
    occurredAt: at,
    context: {},
    payload: {
      deadLetterId: id,
      companyId: null,
      actorUserId: null,
      group,
      topic,
      partition,
      offset,
      eventId: eventId !== null && uuid.test(eventId) ? eventId.toLowerCase() : null,
      errorClass: visibleText(errorClass),
    },
  })
  return toMessage(outboxRow(event))
}
