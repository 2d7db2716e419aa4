import type { Access, Role } from '@crm/service-kit/access/access.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'

interface AccessRow {
  id: string
  role: Role
  companyId: string | null
  ancestorIds: string[]
  descendantIds: string[]
}

/** Who asks: a user and, where they showed an access token, the session it is of. */
export interface AccessQuestion {
  userId: string
  sessionId: string | null
}

/**
 * What decides the access of a user, as of now; undefined for an unknown or inactive user, below an inactive company, and for a session
 * that is not one of theirs or does not live.
 */
export async function findAccess({ sql }: Executor, { userId, sessionId }: AccessQuestion): Promise<Access | undefined> {
  const [row] = await sql<AccessRow[]>`
    select u.id, u.role, u.company_id as "companyId",
      coalesce(c.ancestor_ids, '{}') as "ancestorIds",
      case when u.role = 'PARENT_ADMIN'
        then array(select d.id from companies d where d.ancestor_ids @> array[u.company_id] order by d.id)
        else '{}' end as "descendantIds"
    from users u left join companies c on c.id = u.company_id
    where u.id = ${userId} and u.is_active
      and not exists (select from companies i where i.id = any(c.ancestor_ids || c.id) and not i.is_active)
      and (${sessionId}::uuid is null or exists (
        select from sessions s where s.id = ${sessionId} and s.user_id = u.id and s.ended_at is null and s.expires_at > now()))`
  if (!row) return undefined
  const { id, role, companyId, ancestorIds, descendantIds } = row
  return {
    user: { id, role, companyId, isActive: true },
    sessionId,
    unrestricted: role === 'SYSTEM_ADMIN',
    ancestorIds,
    descendantIds,
  }
}
