import type { Access } from '@crm/service-kit/access/access.ts'
import { userReadScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { userNotFound } from './user-rules.ts'
import { toUser } from './user-view.ts'
import { findUser } from './users.repository.ts'
import type { User } from './users.schemas.ts'

/** A user that the caller may read. */
export async function getUser(db: Executor, access: Access, userId: string): Promise<User> {
  const user = await findUser(db, userId, userReadScope(access))
  if (!user) throw userNotFound()
  return toUser(user)
}
