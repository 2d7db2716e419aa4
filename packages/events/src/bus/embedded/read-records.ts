import type postgres from 'postgres'
import type { BusRecord } from '../bus.ts'
import { decodeHeaders } from './headers.ts'

export interface PartitionPosition {
  topic: string
  partition: number
  /** Offset of the next record to deliver. */
  next: number
}

/** Records read at once at most, over all partitions. */
export const recordsPerRead = 2_000
/** Bytes of keys, values and headers read at once, over all partitions; the record that goes beyond is the last. */
export const bytesPerRead = 8 * 1024 * 1024

export interface ReadRecords {
  records: BusRecord[]
  /** Whether records were left out that would have come but for the limits of the read as a whole. */
  isCut: boolean
}

type StoredRecord = Omit<BusRecord, 'headers'> & { headers: Record<string, string>; found: number }

/**
 * The next records of each partition, in the order of their offsets: up to `perPartition` of each, and of all together up to the limits
 * above, which the partitions share as equally as they can. A position before the earliest record kept means that record.
 */
export async function readRecords(sql: postgres.ISql, from: readonly PartitionPosition[], perPartition: number): Promise<ReadRecords> {
  // Places and sizes decide what is read before any value is. Both laterals have a limit, which keeps the planner at index lookups.
  const rows = await sql<StoredRecord[]>`
    with due as (
      select * from unnest(
        ${from.map((position) => position.topic)}::text[],
        ${from.map((position) => position.partition)}::smallint[],
        ${from.map((position) => position.next)}::bigint[]
      ) as due (topic, partition, next)
    ), next as (
      select r.* from due cross join lateral (
        select topic, partition, record_offset, row_number() over (order by record_offset) as place,
          coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers::text) as bytes
        from records
        where topic = due.topic and partition = due.partition and record_offset >= due.next
        order by record_offset
        limit ${perPartition}
      ) r
    ), shared as (
      select topic, partition, record_offset, count(*) over ()::int as found,
        row_number() over by_turns as turn, sum(bytes) over by_turns - bytes as bytes_before
      from next
      window by_turns as (order by place, topic, partition rows unbounded preceding)
    )
    select r.topic, r.partition, r.record_offset::float8 as offset, r.key, r.value, r.headers, r.stored_at as "storedAt", s.found
    from shared s cross join lateral (
      select * from records
      where topic = s.topic and partition = s.partition and record_offset = s.record_offset
      limit 1
    ) r
    where s.turn <= ${recordsPerRead} and s.bytes_before < ${bytesPerRead}
    order by r.topic, r.partition, r.record_offset`
  return {
    records: rows.map(({ found, ...row }) => ({ ...row, headers: decodeHeaders(row.headers) })),
    isCut: rows.length < (rows[0]?.found ?? 0),
  }
}
