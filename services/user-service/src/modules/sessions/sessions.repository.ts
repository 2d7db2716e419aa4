import type { Executor } from '@crm/service-kit/database/database.ts'
import type { PageQuery, SortKey } from '@crm/service-kit/paging/keyset.ts'
import { and, count, eq, gt, isNull, type SQL, sql } from 'drizzle-orm'
import { type SessionRow, sessions } from '../../db/schema.ts'
import { sessionDays } from './refresh-token.ts'

export type SessionKind = SessionRow['kind']

export interface NewSession {
  id: string
  userId: string
  kind: SessionKind
  address: string
  userAgent: string | null
}

/** A session that was ended just now. */
export interface EndedSession {
  id: string
  endedAt: Date
}

export const sessionSortKeys: Record<string, SortKey<SessionRow>> = {
  createdAt: { expression: sql`${sessions.createdAt}`, type: 'timestamptz', encode: (session) => session.createdAt.toISOString() },
}

/** Starts a session; resolves to the time of its start. */
export async function insertSession({ sql }: Executor, { id, userId, kind, address, userAgent }: NewSession): Promise<Date> {
  const [row] = await sql<{ createdAt: Date }[]>`
    insert into sessions (id, user_id, kind, address, user_agent, created_at, refreshed_at, expires_at)
    values (${id}, ${userId}, ${kind}, ${address}, ${userAgent}, now(), now(), now() + ${sessionDays} * interval '1 day')
    returning created_at as "createdAt"`
  if (!row) throw new Error('the session was not stored')
  return row.createdAt
}

/** Reads a session that lives and holds it until the transaction ends; undefined for one that does not live. */
export async function lockLiveSession({ orm }: Executor, sessionId: string): Promise<SessionRow | undefined> {
  const [found] = await orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, sessionId), isLive()))
    .for('update')
  return found
}

/** Moves the end of a session on. */
export async function extendSession({ sql }: Executor, sessionId: string): Promise<void> {
  await sql`
    update sessions set refreshed_at = now(), expires_at = now() + ${sessionDays} * interval '1 day' where id = ${sessionId}`
}

/** Whose session it is, whether it lives or not. */
export async function findSessionOwner(
  { sql }: Executor,
  sessionId: string,
): Promise<{ id: string; companyId: string | null } | undefined> {
  const [found] = await sql<{ id: string; companyId: string | null }[]>`
    select u.id, u.company_id as "companyId" from sessions s join users u on u.id = s.user_id where s.id = ${sessionId}`
  return found
}

export interface SessionSelection {
  userId: string
  /** This session alone. */
  only?: string
  /** All but this one; null spares none. */
  except?: string | null
  /** So many of these that were refreshed last are spared. */
  keep?: number
}

/** Ends sessions of a user that live, and forgets their refresh tokens. */
export async function markEnded({ sql }: Executor, { userId, only, except = null, keep = 0 }: SessionSelection): Promise<EndedSession[]> {
  return [
    ...(await sql<EndedSession[]>`
      with chosen as (
        select id from sessions
        where user_id = ${userId} and ended_at is null and expires_at > now()
          and (${only ?? null}::uuid is null or id = ${only ?? null}) and id is distinct from ${except}
        order by refreshed_at desc, id desc offset ${keep}
      ), ended as (
        update sessions set ended_at = now() where id in (select id from chosen) and ended_at is null
        returning id, ended_at
      ), forgotten as (
        delete from refresh_tokens where session_id in (select id from ended)
      )
      select id, ended_at as "endedAt" from ended order by id`),
  ]
}

export async function readLiveSessions({ orm }: Executor, userId: string, page: PageQuery): Promise<SessionRow[]> {
  return orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isLive(), page.where))
    .orderBy(page.orderBy)
    .limit(page.limit)
    .offset(page.offset)
}

export async function countLiveSessions({ orm }: Executor, userId: string): Promise<number> {
  const [row] = await orm
    .select({ total: count() })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isLive()))
  return row?.total ?? 0
}

/**
 * Deletes so many sessions at most that ended or expired a month ago, with their tokens; returns how many. Until then where somebody logged
 * in from tells whether they are known there.
 */
export async function deleteOldSessions({ sql }: Executor, rows: number): Promise<number> {
  const { count } = await sql`
    delete from sessions where id in (
      select id from sessions
      where ended_at < now() - ${sessionDays} * interval '1 day' or expires_at < now() - ${sessionDays} * interval '1 day'
      limit ${rows} for update skip locked)`
  return count
}

function isLive(): SQL | undefined {
  return and(isNull(sessions.endedAt), gt(sessions.expiresAt, sql`now()`))
}
