import type { Executor } from '../database/database.ts'

/** Deletes the keys whose 24 hours are over; returns how many. */
export async function pruneIdempotencyKeys({ sql }: Executor): Promise<number> {
  const { count } = await sql`delete from idempotency_keys where created_at <= now() - interval '24 hours'`
  return count
}
