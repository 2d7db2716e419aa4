import type { Batch, IHeaders, KafkaMessage } from 'kafkajs'
import type { BusRecord } from '../bus.ts'

/** The records of a fetched batch. */
export function toRecords({ topic, partition, messages }: Batch): BusRecord[] {
  return messages.map((message) => toRecord(topic, partition, message))
}

function toRecord(topic: string, partition: number, { key, value, headers, offset, timestamp }: KafkaMessage): BusRecord {
  return { topic, partition, key, value, headers: toBytes(headers), offset: Number(offset), storedAt: new Date(Number(timestamp)) }
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
