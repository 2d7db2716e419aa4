import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import type { SessionRow } from '../../db/schema.ts'
import { findAccess } from '../access/find-access.ts'
import type { Client } from './client.ts'
import { endSessions } from './end-sessions.ts'
import { hashOfToken, openSuccessor, sealSuccessor } from './refresh-token.ts'
import { findRefreshToken, markReplaced } from './refresh-tokens.repository.ts'
import { type SessionOwner, sessionReuseDetectedEvent } from './session-events.ts'
import { extendSession, lockLiveSession, type SessionKind } from './sessions.repository.ts'
import { addRefreshToken, type StartedSession } from './start-session.ts'

export interface RefreshInput {
  token: string
  kind: SessionKind
  client: Client
}

export type RefreshOutcome = (StartedSession & { userId: string }) | 'invalid' | 'reused'

/**
 * Replaces a refresh token by the next one. One that was replaced less than 10 seconds ago gives the session's current token, so that
 * requests at the same moment all go on with one; later its use ends the session (`reused`). `invalid`: there is no such session now,
 * or its user or company is inactive.
 */
export async function refreshSession(db: Database, { token, kind, client }: RefreshInput): Promise<RefreshOutcome> {
  const hash = hashOfToken(token)
  const shown = hash && (await findRefreshToken(db, hash))
  if (!hash || !shown) return 'invalid'
  return db.transaction(async (tx) => {
    const session = await lockLiveSession(tx, shown.sessionId)
    if (!session || session.kind !== kind) return 'invalid'
    const access = await findAccess(tx, { userId: session.userId, sessionId: session.id })
    if (!access) return 'invalid'
    // Read anew under the session's lock: a request at the same moment may have replaced it.
    const refreshToken = await nextToken(tx, session, token)
    if (refreshToken === undefined) {
      await endStolen(tx, session, { user: { id: session.userId, companyId: access.user.companyId }, client })
      return 'reused'
    }
    await extendSession(tx, session.id)
    return { userId: session.userId, sessionId: session.id, refreshToken }
  })
}

/** The token that continues the session; undefined when the one shown was replaced too long ago. */
async function nextToken(tx: Executor, session: SessionRow, token: string): Promise<string | undefined> {
  const hash = hashOfToken(token)
  const stored = hash && (await findRefreshToken(tx, hash))
  if (!hash || !stored) return undefined
  if (!stored.isReplaced) {
    const next = await addRefreshToken(tx, session.id)
    await markReplaced(tx, hash, sealSuccessor(token, next))
    return next
  }
  if (!stored.isInGrace || !stored.sealedSuccessor) return undefined
  return currentToken(tx, openSuccessor(token, stored.sealedSuccessor))
}

/** Follows tokens that were replaced in turn, all within their time of grace, to the one that was not. */
async function currentToken(tx: Executor, token: string): Promise<string | undefined> {
  const hash = hashOfToken(token)
  const stored = hash && (await findRefreshToken(tx, hash))
  if (!stored) return undefined
  if (!stored.isReplaced) return token
  return stored.sealedSuccessor ? currentToken(tx, openSuccessor(token, stored.sealedSuccessor)) : undefined
}

async function endStolen(tx: Executor, session: SessionRow, { user, client }: { user: SessionOwner; client: Client }): Promise<void> {
  const { address, context } = client
  await appendEvents(tx, [sessionReuseDetectedEvent({ user, sessionId: session.id, at: new Date(), context, address })])
  await endSessions(tx, { user, only: session.id, actorUserId: null, reason: 'REUSE_DETECTED', context })
}
