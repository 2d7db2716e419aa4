import type { Executor } from '@crm/service-kit/database/database.ts'
import { graceSeconds } from './refresh-token.ts'

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
