import { createHash } from 'node:crypto'
import type { BusMessage, BusRecord } from '../bus/bus.ts'
import { shortened, visibleText } from '../logging/visible-text.ts'
import { deadLetterHeaders, headersOf, headerText, originalHeaders } from './headers.ts'

/** Why a group gave a record up. */
export interface DeadLetterCause {
  /** The last error's message. */
  reason: string
  /** The last error's name, such as TypeError. */
  errorClass: string
  /** Attempts made; or crashes of the process, where these are the cause. */
  attempts: number
}

export interface GivenUp extends DeadLetterCause {
  record: BusRecord
  group: string
  at: Date
}

const reasonLength = 1_000
const errorClassLength = 200
const separator = '.dlq.'

/** Where a group's dead letters of a topic go. */
export function deadLetterTopic(topic: string, group: string): string {
  return `${topic}${separator}${group}`
}

/** The group and the topic whose dead letters go to a topic of this name; undefined when it is no dead letter topic. */
export function ownersOf(name: string): { topic: string; group: string } | undefined {
  const at = name.indexOf(separator)
  return at > 0 && at + separator.length < name.length ? { topic: name.slice(0, at), group: name.slice(at + separator.length) } : undefined
}

/** Whether a topic of this name holds dead letters. */
export function isDeadLetterTopic(name: string): boolean {
  return ownersOf(name) !== undefined
}

/**
 * The message that keeps a record: its key, bytes and headers as they were, and why, where and when it was given up as `dlq_` headers.
 * The same record given up again by the same group gives the same `dlq_id`. A replay keeps the headers that say so. A batch that cannot
 * be read is kept as it is.
 */
export function toDeadLetter({ record, group, reason, errorClass, attempts, at }: GivenUp): BusMessage {
  const { topic, partition, offset, key, value, headers, unreadable } = record
  const added = headersOf({
    [deadLetterHeaders.id]: deadLetterId(record, group),
    [deadLetterHeaders.reason]: headerLine(reason, reasonLength),
    [deadLetterHeaders.errorClass]: headerLine(errorClass, errorClassLength),
    [deadLetterHeaders.attempts]: String(attempts),
    [deadLetterHeaders.group]: group,
    [deadLetterHeaders.topic]: topic,
    [deadLetterHeaders.partition]: String(partition),
    [deadLetterHeaders.offset]: String(offset),
    [deadLetterHeaders.time]: at.toISOString(),
    ...(unreadable && { [deadLetterHeaders.unreadableOffsets]: `${unreadable.firstOffset}-${offset}` }),
  })
  const kept = { ...originalHeaders(headers), ...replayHeaders(headers) }
  return { topic: deadLetterTopic(topic, group), key, value, headers: { ...kept, ...added } }
}

/** Whether a record was sent again for one group only, and this is not it. */
export function isReplayForOthers(record: BusRecord, group: string): boolean {
  const only = headerText(record.headers, deadLetterHeaders.replayGroup)
  return only !== undefined && only !== group
}

/**
 * Names a record in the eyes of one group: 12 hex digits. The time it was stored tells it from a record at the same place of a topic that
 * was deleted and made anew.
 */
export function deadLetterId({ topic, partition, offset, storedAt }: BusRecord, group: string): string {
  const place = JSON.stringify([group, topic, partition, offset, storedAt.getTime()])
  return createHash('sha256').update(place).digest('hex').slice(0, 12)
}

function replayHeaders({
  [deadLetterHeaders.replayGroup]: group,
  [deadLetterHeaders.replayOf]: of,
}: BusRecord['headers']): BusRecord['headers'] {
  return { ...(group && { [deadLetterHeaders.replayGroup]: group }), ...(of && { [deadLetterHeaders.replayOf]: of }) }
}

function headerLine(text: string, length: number): string {
  // Cut first: a message may hold a whole payload.
  return shortened(visibleText(text.slice(0, length + 1)), length)
}
