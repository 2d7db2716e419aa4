import type { Access } from '@crm/service-kit/access/access.ts'
import { inScope, type UserScope, userReadScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { type Page, readPage } from '@crm/service-kit/paging/keyset.ts'
import { users } from '../../db/schema.ts'
import { toUser } from './user-view.ts'
import { countUsers, readUsers, userSortKeys } from './users.repository.ts'
import type { User, UserListQuery } from './users.schemas.ts'

/** One page of the users that the caller may read. */
export async function listUsers(db: Executor, access: Access, query: UserListQuery): Promise<Page<User>> {
  const { companyId, includeDescendants, ...request } = query
  const filters = { scope: scopeOf(access, companyId), companyId, includeDescendants }
  const { data, page } = await readPage({
    request,
    sortKeys: userSortKeys,
    id: users.id,
    filters: { companyId, includeDescendants },
    callerId: access.user.id,
    read: (pageQuery) => readUsers(db, filters, pageQuery),
    count: () => countUsers(db, filters),
  })
  return { data: data.map(toUser), page }
}

// A company outside the caller's scope has no users for them, whatever lies below it.
function scopeOf(access: Access, companyId: string | undefined): UserScope {
  const scope = userReadScope(access)
  if (companyId === undefined) return scope
  const isWithin = 'userId' in scope ? access.user.companyId === companyId : inScope(scope, companyId)
  return isWithin ? scope : { every: false, companyIds: [] }
}
