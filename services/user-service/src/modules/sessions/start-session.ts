import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import type { Client } from './client.ts'
import { endSessions } from './end-sessions.ts'
import { hashOfToken, newRefreshToken } from './refresh-token.ts'
import { insertRefreshToken } from './refresh-tokens.repository.ts'
import { type SessionOwner, sessionStartedEvent } from './session-events.ts'
import { insertSession, type SessionKind } from './sessions.repository.ts'

/** Sessions of a user that live at the same time, at most. */
export const liveSessionsAtMost = 100

export interface StartedSession {
  sessionId: string
  /** Shown once: only its hash is stored. */
  refreshToken: string
}

/**
 * Starts a session of a user who has shown who they are, together with its event. One more than a user may have ends, with its event, the
 * one that was not refreshed for longest. The caller holds the user, so that of two that start at once one sees the other.
 */
export async function startSession(
  tx: Executor,
  user: SessionOwner,
  { kind, client }: { kind: SessionKind; client: Client },
): Promise<StartedSession> {
  const { address, userAgent, context } = client
  const sessionId = newId()
  const at = await insertSession(tx, { id: sessionId, userId: user.id, kind, address, userAgent })
  const refreshToken = await addRefreshToken(tx, sessionId)
  await appendEvents(tx, [sessionStartedEvent({ user, sessionId, at, context, address })])
  const others = { except: sessionId, keep: liveSessionsAtMost - 1 }
  await endSessions(tx, { user, ...others, actorUserId: user.id, reason: 'TOO_MANY_SESSIONS', context })
  return { sessionId, refreshToken }
}

/** Stores the hash of a new refresh token of the session; resolves to the token. */
export async function addRefreshToken(tx: Executor, sessionId: string): Promise<string> {
  const token = newRefreshToken()
  const hash = hashOfToken(token)
  if (!hash) throw new Error('a new refresh token has the wrong form')
  await insertRefreshToken(tx, { hash, sessionId })
  return token
}
