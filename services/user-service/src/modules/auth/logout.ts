import type { Database } from '@crm/service-kit/database/database.ts'
import type { Client } from '../sessions/client.ts'
import { endSessions } from '../sessions/end-sessions.ts'
import { hashOfToken } from '../sessions/refresh-token.ts'
import { findRefreshToken } from '../sessions/refresh-tokens.repository.ts'
import { findSessionOwner } from '../sessions/sessions.repository.ts'

/** Ends the session of a refresh token, be it the current one or not. Returns whether there was one. */
export async function logout(db: Database, { token, client }: { token: string; client: Client }): Promise<boolean> {
  const hash = hashOfToken(token)
  const shown = hash && (await findRefreshToken(db, hash))
  if (!shown) return false
  return db.transaction(async (tx) => {
    const user = await findSessionOwner(tx, shown.sessionId)
    if (!user) return false
    const ended = await endSessions(tx, {
      user,
      only: shown.sessionId,
      actorUserId: user.id,
      reason: 'LOGGED_OUT',
      context: client.context,
    })
    return ended > 0
  })
}
