import type { Executor } from '@crm/service-kit/database/database.ts'
import { graceSeconds, sessionDays } from './refresh-token.ts'

/** What is stored of a token, at the time it is read. */
export interface StoredToken {
  sessionId: string
  isReplaced: boolean
  /** Whether it was replaced so lately that it still works. */
  isInGrace: boolean
  sealedSuccessor: Buffer | null
}

export async function insertRefreshToken({ sql }: Executor, { hash, sessionId }: { hash: Buffer; sessionId: string }): Promise<void> {
  await sql`insert into refresh_tokens (hash, session_id, created_at) values (${hash}, ${sessionId}, now())`
}

export async function findRefreshToken({ sql }: Executor, hash: Buffer): Promise<StoredToken | undefined> {
  const [found] = await sql<StoredToken[]>`
    select session_id as "sessionId", replaced_at is not null as "isReplaced",
      coalesce(replaced_at > clock_timestamp() - ${graceSeconds} * interval '1 second', false) as "isInGrace",
      sealed_successor as "sealedSuccessor"
    from refresh_tokens where hash = ${hash}`
  return found
}

export async function markReplaced({ sql }: Executor, hash: Buffer, sealedSuccessor: Buffer): Promise<void> {
  await sql`update refresh_tokens set replaced_at = clock_timestamp(), sealed_successor = ${sealedSuccessor} where hash = ${hash}`
}

/** Forgets, of so many tokens at most whose time of grace is over, what continues them; returns of how many. */
export async function forgetSuccessors({ sql }: Executor, rows: number): Promise<number> {
  const { count } = await sql`
    update refresh_tokens set sealed_successor = null where hash in (
      select hash from refresh_tokens
      where sealed_successor is not null and replaced_at < now() - ${graceSeconds} * interval '1 second'
      limit ${rows} for update skip locked)`
  return count
}

/** Deletes so many tokens at most that were replaced longer ago than any session lives; returns how many. */
export async function deleteUselessTokens({ sql }: Executor, rows: number): Promise<number> {
  const { count } = await sql`
    delete from refresh_tokens where hash in (
      select hash from refresh_tokens
      where created_at < now() - ${sessionDays} * interval '1 day' and replaced_at < now() - ${sessionDays} * interval '1 day'
      limit ${rows} for update skip locked)`
  return count
}
