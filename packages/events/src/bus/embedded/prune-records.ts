import type { Database } from '@crm/service-kit/database/database.ts'
import { keptSince, pruneInBatches } from '../../database/prune-in-batches.ts'
import { isDeadLetterTopic } from '../../dead-letters/dead-letter.ts'
import { deadLettersKeptDays, recordsKeptDays } from '../bus.ts'
import { listTopics } from './append-records.ts'

interface PartitionToPrune {
  topic: string
  partition: number
  before: Date
}

/**
 * Deletes old records by age alone, up to 100,000 of a partition a call; returns how many. Each partition loses them from its
 * beginning: groups that are further behind go on at the earliest record kept. While another process prunes, nothing is done.
 */
export async function pruneRecords(db: Database, now = new Date()): Promise<number> {
  let pruned = 0
  for (const partition of await partitionsToPrune(db, now)) {
    pruned += await pruneInBatches((rows) => deleteOldest(db, partition, rows))
  }
  return pruned
}

/** Asks each partition for its earliest record only. */
async function partitionsToPrune(db: Database, now: Date): Promise<PartitionToPrune[]> {
  const recordsBefore = keptSince({ now, keepDays: recordsKeptDays })
  const deadLetterTopics = (await listTopics(db)).filter(isDeadLetterTopic)
  const deadLettersBefore = keptSince({ now, keepDays: deadLettersKeptDays })
  return await db.sql<PartitionToPrune[]>`
    select p.topic, p.partition, p.before
    from (
      select topic, partition,
        case when topic = any(${deadLetterTopics}::text[]) then ${deadLettersBefore}::timestamptz else ${recordsBefore}::timestamptz end as before
      from partitions
    ) p
    cross join lateral (
      select stored_at from records r where r.topic = p.topic and r.partition = p.partition order by r.record_offset limit 1
    ) earliest
    where earliest.stored_at < p.before
    order by p.topic, p.partition`
}

/** Of a partition's earliest records, those before the first that is kept: no gap comes between records. */
async function deleteOldest(db: Database, { topic, partition, before }: PartitionToPrune, rows: number): Promise<number> {
  return await db.transaction(async ({ sql }) => {
    const [lock] = await sql<{ own: boolean }[]>`select pg_try_advisory_xact_lock(hashtextextended('prune bus records', 0)) as own`
    if (!lock?.own) return 0
    const { count } = await sql`
      with oldest as (
        select record_offset, stored_at from records where topic = ${topic} and partition = ${partition}
        order by record_offset limit ${rows}
      )
      delete from records
      where topic = ${topic} and partition = ${partition} and record_offset < (
        select coalesce(min(record_offset) filter (where stored_at >= ${before}), max(record_offset) + 1) from oldest
      )`
    return count
  })
}
