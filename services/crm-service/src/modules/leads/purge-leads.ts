import type { Executor } from '@crm/service-kit/database/database.ts'
import { purgeDeletedLeads } from './leads.repository.ts'

/** How long a deleted lead can be restored. */
export const restorableDays = 30

const atOnce = 1_000

/** Removes for good the leads that were deleted more than 30 days ago; returns how many. */
export async function purgeLeads(db: Executor, now = new Date()): Promise<number> {
  const before = new Date(now.getTime() - restorableDays * 24 * 60 * 60 * 1000)
  let purged = 0
  for (let count = atOnce; count === atOnce; purged += count) count = await purgeDeletedLeads(db, before, atOnce)
  return purged
}
