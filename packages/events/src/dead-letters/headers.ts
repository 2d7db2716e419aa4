import type { BusMessage } from '../bus/bus.ts'

type Headers = BusMessage['headers']

/** Begins every header that dead letters and their replays add; those of the original message begin otherwise. */
const prefix = 'dlq_'

export const deadLetterHeaders = {
  id: 'dlq_id',
  reason: 'dlq_reason',
  errorClass: 'dlq_error_class',
  attempts: 'dlq_attempts',
  group: 'dlq_group',
  topic: 'dlq_topic',
  partition: 'dlq_partition',
  offset: 'dlq_offset',
  time: 'dlq_time',
  /** On a dead letter that had to be cut to be stored: what of it is kept. */
  truncated: 'dlq_truncated',
  /** On a dead letter that is a batch of records which cannot be read, as the broker kept it: their offsets, `first-last`. */
  unreadableOffsets: 'dlq_unreadable_offsets',
  /** On a message sent again: the only group it is for. */
  replayGroup: 'dlq_replay_group',
  /** On a message sent again: the dead letter it was. */
  replayOf: 'dlq_replay_of',
  /** On a marker in a dead letter topic: the dead letter that was sent again. */
  replayed: 'dlq_replayed',
} as const

/** The header as text; bytes that are no UTF-8 become U+FFFD. */
export function headerText(headers: Headers, name: string): string | undefined {
  return Object.hasOwn(headers, name) ? headers[name]?.toString() : undefined
}

/** The headers that the original message came with. */
export function originalHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(prefix)))
}

export function headersOf(texts: Record<string, string>): Headers {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]))
}
