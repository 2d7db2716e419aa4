import type { Executor } from '../database/database.ts'

/** Deletes the keys whose 24 hours are over, `atOnce` in a statement so that none runs into its limit of time; returns how many. */
export async function pruneIdempotencyKeys(on: Executor, atOnce = 5_000): Promise<number> {
  let pruned = 0
  for (let count = atOnce; count === atOnce; pruned += count) count = await pruneSome(on, atOnce)
  return pruned
}

async function pruneSome({ sql }: Executor, limit: number): Promise<number> {
  const { count } = await sql`
    delete from idempotency_keys where id in (
      select id from idempotency_keys where created_at <= now() - interval '24 hours' order by created_at limit ${limit})`
  return count
}
