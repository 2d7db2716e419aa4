import type { Executor } from '@crm/service-kit/database/database.ts'

/**
 * Deletes a record's published events from the outbox, for when the record is erased with all that names a person; returns how many.
 * Those not yet published stay, since they must still be sent; pruning removes them in time.
 */
export async function forgetPublishedEvents({ sql }: Executor, recordId: string): Promise<number> {
  const { count } = await sql`delete from outbox where record_id = ${recordId} and published_at is not null`
  return count
}
