import type { Database } from '@crm/service-kit/database/database.ts'
import { type BusRecord, UnknownTopicError } from '../bus.ts'
import { type PartitionPosition, readRecords, recordsPerRead } from './read-records.ts'

export interface ReadTopicOptions {
  topic: string
  onRecords(records: BusRecord[]): void | Promise<void>
  /** Ends the reading before its next page: it rejects with the signal's reason. */
  signal: AbortSignal
}

interface PartitionToRead extends PartitionPosition {
  /** Offset of the first record that is not read. */
  end: number
}

/** Reads a topic to its end; see Bus. One partition after the other, in pages within the limits of readRecords. */
export async function readTopic(db: Database, options: ReadTopicOptions): Promise<void> {
  const partitions = await db.sql<PartitionToRead[]>`
    select topic, partition, 0 as next, next_offset::float8 as end from partitions where topic = ${options.topic} order by partition`
  if (partitions.length === 0) throw new UnknownTopicError(`nothing was read: topic ${options.topic} does not exist`)
  for (const partition of partitions) await readPartition(db, partition, options)
}

async function readPartition(db: Database, { topic, partition, end }: PartitionToRead, options: ReadTopicOptions): Promise<void> {
  for (let next = 0; next < end; ) {
    options.signal.throwIfAborted()
    const { records } = await readRecords(db.sql, [{ topic, partition, next }], recordsPerRead)
    const due = records.filter((record) => record.offset < end)
    if (due.length > 0) await options.onRecords(due)
    // Without any, all that was left has been pruned.
    next = (due.at(-1)?.offset ?? end) + 1
  }
}
