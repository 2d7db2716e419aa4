import { createHash } from 'node:crypto'
import type { BusRecord } from '../bus/bus.ts'
import { visibleText } from '../logging/visible-text.ts'
import { ownersOf } from './dead-letter.ts'
import { headerText, deadLetterHeaders as names } from './headers.ts'

/** A record in a dead letter topic, without its key and value. Texts may hold anything that a header can. */
export interface StoredDeadLetter {
  id: string
  /** The group that gave the record up, and the topic it came from; both as the name of the dead letter topic says. */
  group: string
  topic: string
  /** Where in the topic it was; null when the header that says so is missing or wrong, as with other nulls here. */
  partition: number | null
  offset: number | null
  /** The event's `ce_id`, as it came. */
  eventId: string | null
  reason: string
  errorClass: string
  attempts: number | null
  /** When it was given up; when it was stored if that is not known. */
  time: Date
  /** The dead letter it was before, when it was sent again and given up again. */
  replayOf: string | null
  /** Why it cannot be sent again, when what is kept is not the record as it was. */
  notReplayable: string | null
  /** Where it is kept. */
  kept: { topic: string; partition: number; offset: number }
}

/** A record in a dead letter topic that says that one was sent again. */
export interface ReplayMarker {
  replayed: string
  time: Date
}

const idForm = /^[0-9a-f]{12}$/

/** Reads any record of a dead letter topic; one that is no marker is a dead letter, however its headers look. */
export function readStored(record: BusRecord): StoredDeadLetter | ReplayMarker {
  const text = (name: string) => headerText(record.headers, name)
  const time = readTime(text(names.time)) ?? record.storedAt
  const replayed = text(names.replayed)
  if (replayed !== undefined && idForm.test(replayed) && record.value === null && text(names.id) === undefined) return { replayed, time }

  const { topic, partition, offset } = record
  const id = text(names.id)
  const owners = ownersOf(topic) ?? { topic: '', group: '' }
  return {
    id: id !== undefined && idForm.test(id) ? id : substituteId(record),
    ...owners,
    partition: readInteger(text(names.partition)),
    offset: readInteger(text(names.offset)),
    eventId: text('ce_id') ?? null,
    reason: text(names.reason) ?? '',
    errorClass: text(names.errorClass) ?? '',
    attempts: readInteger(text(names.attempts)),
    time,
    replayOf: text(names.replayOf) ?? null,
    notReplayable: record.unreadable === undefined ? notReplayable(text) : 'it is a batch of dead letters that cannot be read',
    kept: { topic, partition, offset },
  }
}

function notReplayable(text: (name: string) => string | undefined): string | null {
  const [truncated, offsets] = [text(names.truncated), text(names.unreadableOffsets)]
  if (truncated !== undefined) return `it was too large to be kept whole (${visibleText(truncated)})`
  return offsets === undefined ? null : `it is a batch of records that cannot be read (offsets ${visibleText(offsets)})`
}

// Stable as long as the record is kept.
function substituteId({ topic, partition, offset, storedAt }: BusRecord): string {
  const place = JSON.stringify([topic, partition, offset, storedAt.getTime()])
  return createHash('sha256').update(place).digest('hex').slice(0, 12)
}

function readInteger(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}

function readTime(text: string | undefined): Date | undefined {
  const time = new Date(text ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? undefined : time
}
