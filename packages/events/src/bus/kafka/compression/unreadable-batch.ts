import { randomUUID } from 'node:crypto'
import type { KafkaMessage } from 'kafkajs'
import type { UnreadableBatch } from '../../bus.ts'
import { encodeRecord, parseBatch, type RecordBatch } from './record-batch.ts'

// A name that no producer knows: nobody else's record can pass for one of these.
const marker = `unreadable-${randomUUID()}`

/**
 * What to give kafkajs in place of a batch's records where they cannot be read, so that the partition goes on: as many records as it
 * expects, of which only the last, at the last offset, is to be delivered. That holds the whole batch, and why it cannot be read.
 */
export function standInRecords({ bytes, records, lastOffsetDelta }: RecordBatch, reason: string): Buffer {
  const filler = encodeRecord({ offsetDelta: 0, value: null, header: { name: marker, value: '' } })
  const last = encodeRecord({ offsetDelta: lastOffsetDelta, value: bytes, header: { name: marker, value: reason } })
  return Buffer.concat([...Array<Buffer>(records - 1).fill(filler), last])
}

/** Whether a message only takes the place of a record that cannot be read. */
export function isFiller({ headers, value }: KafkaMessage): boolean {
  return headers !== undefined && Object.hasOwn(headers, marker) && value === null
}

/** The batch that a message stands for; undefined when it is an ordinary message. */
export function unreadableBatch({ headers, value }: KafkaMessage): UnreadableBatch | undefined {
  if (headers === undefined || !Object.hasOwn(headers, marker) || value === null) return undefined
  const { firstOffset, records } = parseBatch(value)
  return { firstOffset, records, reason: String(headers[marker]) }
}
