import type { Executor } from '@crm/service-kit/database/database.ts'
import { keptSince, type PruneOptions, pruneInBatches } from '../database/prune-in-batches.ts'

/**
 * Deletes events published more than `keepDays` ago, oldest first, up to 100,000 a call; returns how many. Unpublished ones stay,
 * however old. Callers at the same time share the work.
 */
export async function pruneOutbox({ sql }: Executor, options: PruneOptions): Promise<number> {
  const before = keptSince(options)
  return await pruneInBatches(async (rows) => {
    const { count } = await sql`
      delete from outbox where id = any(array(
        select id from outbox where published_at < ${before} order by published_at limit ${rows} for update skip locked
      ))`
    return count
  })
}
