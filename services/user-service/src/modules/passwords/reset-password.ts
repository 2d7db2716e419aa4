import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { userReadScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import type { Actor } from '../access/actor.ts'
import { currentActor } from '../access/current-actor.ts'
import { findNamedCompany } from '../companies/companies.repository.ts'
import { companyInactive } from '../companies/company-access.ts'
import { endSessions } from '../sessions/end-sessions.ts'
import { forbidden, requireWritableUser, userNotFound } from '../users/user-rules.ts'
import { lockUser, type StoredUser } from '../users/users.repository.ts'
import type { PasswordParts } from './change-password.ts'
import { passwordChangedEvent } from './password-events.ts'
import { savePassword } from './passwords.repository.ts'

export interface PasswordReset {
  userId: string
  newPassword: string
}

/** Gives another user a new password and ends all their sessions. Nobody resets their own: they show the current one. */
export async function resetPassword({ db, hasher }: PasswordParts, actor: Actor, { userId, newPassword }: PasswordReset): Promise<void> {
  // Hashing is dear: only for those who may, and before a transaction holds a connection.
  await db.transaction((tx) => requireResettable(tx, actor, userId))
  const passwordHash = await hasher.hash(newPassword)
  await db.transaction(async (tx) => {
    await requireResettable(tx, actor, userId)
    const user = await requireResettable(tx, await currentActor(tx, actor), userId)
    const changed = await savePassword(tx, { userId: user.id, passwordHash })
    if (!changed) throw userNotFound()
    await appendEvents(tx, [passwordChangedEvent(actor, changed)])
    await endSessions(tx, { user: changed, actorUserId: actor.userId, reason: 'CREDENTIALS_RESET', context: actor })
  })
}

async function requireResettable(tx: Executor, { access }: Actor, userId: string): Promise<StoredUser> {
  const user = await lockUser(tx, userId, userReadScope(access))
  if (!user) throw userNotFound()
  requireWritableUser(access, user)
  if (user.id === access.user.id) throw forbidden('Nobody resets their own password: change it, with the current one.')
  const company = user.companyId === null ? undefined : await findNamedCompany(tx, user.companyId)
  if (company && !company.isActive) throw companyInactive()
  return user
}
