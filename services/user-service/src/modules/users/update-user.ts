import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { userReadScope, writeScope } from '@crm/service-kit/access/rules.ts'
import { type Executor, uniqueViolation } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { changesBetween, isEmpty, momentAfter } from '@crm/service-kit/records/changes.ts'
import type { Actor } from '../access/actor.ts'
import { findNamedCompany } from '../companies/companies.repository.ts'
import { companyInactive, requireNamedCompany } from '../companies/company-access.ts'
import { endSessions } from '../sessions/end-sessions.ts'
import { emailAlreadyExists } from './create-user.ts'
import { userUpdatedEvent } from './user-events.ts'
import { endsAdministration, forbidden, requireAllowedChanges, requireWritableUser, type UserChanges, userNotFound } from './user-rules.ts'
import { toUser } from './user-view.ts'
import { lockUser, lockUserAndSystemAdmins, type StoredUser, saveUser } from './users.repository.ts'
import type { User, UserUpdate } from './users.schemas.ts'

export interface UserTarget {
  userId: string
  ifMatch: string | undefined
}

/**
 * Changes a user as the rules allow; deactivating them ends their sessions. An update that changes nothing leaves version and events as
 * they are.
 */
export async function updateUser(on: Executor, actor: Actor, { userId, ifMatch }: UserTarget, update: UserUpdate): Promise<User> {
  return on.transaction(async (tx) => {
    const { user, otherAdmins } = await lock(tx, actor, userId, update)
    if (!user) throw userNotFound()
    requireWritableUser(actor.access, user)
    requireMatch(ifMatch, user)
    const { email, firstName, lastName, role, companyId, isActive } = user
    const changes = changesBetween({ email, firstName, lastName, role, companyId, isActive }, update)
    if (isEmpty(changes)) return toUser(user)
    requireAllowedChanges(actor.access, user, changes)
    if (endsAdministration(user, changes) && otherAdmins === 0) throw forbidden('The last active SYSTEM_ADMIN stays one.')
    await requireActiveCompany(tx, actor, user, changes)
    const changed = { ...user, ...update, version: user.version + 1, updatedAt: momentAfter(user.updatedAt) }
    await saveUnlessTaken(tx, changed)
    await appendEvents(tx, [userUpdatedEvent(actor, changed, changes)])
    if (changes.isActive?.to === false) {
      await endSessions(tx, { user: changed, actorUserId: actor.userId, reason: 'USER_DEACTIVATED', context: actor })
    }
    return toUser(changed)
  })
}

async function lock(
  tx: Executor,
  { access }: Actor,
  userId: string,
  { role, isActive }: UserUpdate,
): Promise<{ user: StoredUser | undefined; otherAdmins: number }> {
  // Whoever may not change a user holds up none: logins wait for these rows, too.
  const mayEndAdministration = access.unrestricted && ((role !== undefined && role !== 'SYSTEM_ADMIN') || isActive === false)
  if (mayEndAdministration) return lockUserAndSystemAdmins(tx, userId)
  return { user: await lockUser(tx, userId, userReadScope(access)), otherAdmins: 0 }
}

async function requireActiveCompany(tx: Executor, { access }: Actor, user: StoredUser, { companyId }: UserChanges): Promise<void> {
  if (companyId) {
    if (companyId.to === null) return
    await requireNamedCompany(tx, companyId.to, { access, scope: writeScope(access, 'user'), field: 'companyId' })
  } else if (user.companyId !== null) {
    const company = await findNamedCompany(tx, user.companyId)
    if (!company?.isActive) throw companyInactive()
  }
}

async function saveUnlessTaken(tx: Executor, user: StoredUser): Promise<void> {
  try {
    await saveUser(tx, user)
  } catch (error) {
    throw uniqueViolation(error) ? emailAlreadyExists() : error
  }
}
