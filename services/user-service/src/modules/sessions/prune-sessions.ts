import { pruneInBatches } from '@crm/events/database/prune-in-batches.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { graceSeconds, sessionDays } from './refresh-token.ts'

/**
 * Deletes sessions a month after they ended, with their tokens; tokens that no session would take any more; and what continues a token
 * once its time of grace is over. Returns how many rows of each.
 */
export async function pruneSessions(db: Executor): Promise<{ sessions: number; tokens: number; successors: number }> {
  return {
    successors: await pruneInBatches((rows) => forgetSuccessors(db, rows)),
    sessions: await pruneInBatches((rows) => deleteSessions(db, rows)),
    tokens: await pruneInBatches((rows) => deleteTokens(db, rows)),
  }
}

async function forgetSuccessors({ sql }: Executor, rows: number): Promise<number> {
  const { count } = await sql`
    update refresh_tokens set sealed_successor = null where hash in (
      select hash from refresh_tokens
      where sealed_successor is not null and replaced_at < now() - ${graceSeconds} * interval '1 second'
      limit ${rows} for update skip locked)`
  return count
}

// Kept for a month: where somebody logged in from tells later whether they are known there.
async function deleteSessions({ sql }: Executor, rows: number): Promise<number> {
  const { count } = await sql`
    delete from sessions where id in (
      select id from sessions
      where ended_at < now() - ${sessionDays} * interval '1 day' or expires_at < now() - ${sessionDays} * interval '1 day'
      limit ${rows} for update skip locked)`
  return count
}

async function deleteTokens({ sql }: Executor, rows: number): Promise<number> {
  const { count } = await sql`
    delete from refresh_tokens where hash in (
      select hash from refresh_tokens
      where created_at < now() - ${sessionDays} * interval '1 day' and replaced_at < now() - ${sessionDays} * interval '1 day'
      limit ${rows} for update skip locked)`
  return count
}
