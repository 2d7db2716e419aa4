import type { Access } from '@crm/service-kit/access/access.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { type Page, readPage } from '@crm/service-kit/paging/keyset.ts'
import { type SessionRow, sessions } from '../../db/schema.ts'
import { countLiveSessions, readLiveSessions, sessionSortKeys } from './sessions.repository.ts'
import type { Session, SessionListQuery } from './sessions.schemas.ts'

/** One page of the caller's own sessions that live. */
export async function listSessions(db: Executor, { user, sessionId }: Access, query: SessionListQuery): Promise<Page<Session>> {
  const { data, page } = await readPage<SessionRow>({
    request: query,
    sortKeys: sessionSortKeys,
    id: sessions.id,
    filters: {},
    callerId: user.id,
    read: (page) => readLiveSessions(db, user.id, page),
    count: () => countLiveSessions(db, user.id),
  })
  return { data: data.map((row) => toSession(row, sessionId)), page }
}

function toSession(row: SessionRow, currentId: string | null): Session {
  const { id, kind, address, userAgent } = row
  return {
    id,
    kind,
    address,
    userAgent,
    isCurrent: id === currentId,
    createdAt: row.createdAt.toISOString(),
    refreshedAt: row.refreshedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }
}
