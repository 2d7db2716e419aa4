import type { Access, Role } from '@crm/service-kit/access/access.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'

interface AccessRow {
  id: string
  role: Role
  companyId: string | null
  ancestorIds: string[]
  descendantIds: string[]
}

/** What decides the access of a user, as of now; undefined for an unknown or inactive user and below an inactive company. */
export async function findAccess({ sql }: Executor, userId: string): Promise<Access | undefined> {
  const [row] = await sql<AccessRow[]>`
    select u.id, u.role, u.company_id as "companyId",
      coalesce(c.ancestor_ids, '{}') as "ancestorIds",
      case when u.role = 'PARENT_ADMIN'
        then array(select d.id from companies d where d.ancestor_ids @> array[u.company_id] order by d.id)
        else '{}' end as "descendantIds"
    from users u left join companies c on c.id = u.company_id
    where u.id = ${userId} and u.is_active
      and not exists (select from companies i where i.id = any(c.ancestor_ids || c.id) and not i.is_active)`
  if (!row) return undefined
  const { id, role, companyId, ancestorIds, descendantIds } = row
  return {
    user: { id, role, companyId, isActive: true },
    sessionId: null,
    unrestricted: role === 'SYSTEM_ADMIN',
    ancestorIds,
    descendantIds,
  }
}
