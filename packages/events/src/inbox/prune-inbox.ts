import type { Executor } from '@crm/service-kit/database/database.ts'
import { keptSince, type PruneOptions, pruneInBatches } from '../database/prune-in-batches.ts'

/**
 * Forgets the events processed more than `keepDays` ago, oldest first, up to 100,000 a call; returns how many. Keep them for longer
 * than any bus keeps its records: an event delivered again after that has its effects twice.
 */
export async function pruneInbox({ sql }: Executor, options: PruneOptions): Promise<number> {
  const before = keptSince(options)
  return await pruneInBatches(async (rows) => {
    const { count } = await sql`
      delete from inbox where ctid = any(array(
        select ctid from inbox where processed_at < ${before} order by processed_at limit ${rows} for update skip locked
      ))`
    return count
  })
}
