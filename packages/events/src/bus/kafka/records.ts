import type { Batch, IHeaders, KafkaMessage } from 'kafkajs'
import type { BusRecord } from '../bus.ts'
import { isFiller, unreadableBatch } from './compression/unreadable-batch.ts'

/** The records of a fetched batch. */
export function toRecords({ topic, partition, messages }: Batch): BusRecord[] {
  return messages.filter((message) => !isFiller(message)).map((message) => toRecord(topic, partition, message))
}

function toRecord(topic: string, partition: number, message: KafkaMessage): BusRecord {
  const { key, value, headers, offset, timestamp } = message
  const place = { topic, partition, offset: Number(offset), storedAt: new Date(Number(timestamp)) }
  const unreadable = unreadableBatch(message)
  return unreadable ? { ...place, key, value, headers: {}, unreadable } : { ...place, key, value, headers: toBytes(headers) }
}

/** Kafka allows a header more than once and without a value: the last one counts, and none is empty. */
function toBytes(headers: IHeaders = {}): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const last = Array.isArray(value) ? value.at(-1) : value
      return [name, Buffer.from(last ?? '')]
    }),
  )
}
