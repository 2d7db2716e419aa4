import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import type { Actor } from '../access/actor.ts'
import type { LoginThrottle } from '../login-throttle/login-throttle.ts'
import { endSessions } from '../sessions/end-sessions.ts'
import { invalidCredentials } from './credentials-error.ts'
import { passwordChangedEvent } from './password-events.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { findLoginOf, savePassword } from './passwords.repository.ts'

export interface PasswordParts {
  db: Database
  hasher: PasswordHasher
  throttle: LoginThrottle
}

export interface OwnPasswordChange {
  currentPassword: string
  newPassword: string
  /** Where the request came from: guesses of the current password are slowed as those at the login are. */
  address: string
}

/**
 * Changes the caller's password and ends all their other sessions. Throws `invalid_credentials` for a wrong current password, also when
 * somebody changed it meanwhile, and `rate_limited`.
 */
export async function changePassword({ db, hasher, throttle }: PasswordParts, actor: Actor, change: OwnPasswordChange): Promise<void> {
  const { user, sessionId } = actor.access
  const found = await findLoginOf(db, user.id)
  const attempt = await throttle.count({ email: found?.email ?? user.id, address: change.address })
  const isKnown = await attempt.during(hasher.matches(change.currentPassword, found?.passwordHash ?? null))
  if (!isKnown) throw wrongPassword()
  // As a login does: a stolen session alone comes no further than its guesses, and whoever knows the password could log in as well.
  await attempt.succeeded()
  const passwordHash = await hasher.hash(change.newPassword)
  const isChanged = await db.transaction(async (tx) => {
    const changed = await savePassword(tx, { userId: user.id, passwordHash, replaces: found?.passwordHash ?? null })
    if (!changed) return false
    await appendEvents(tx, [passwordChangedEvent(actor, changed)])
    await endSessions(tx, { user: changed, except: sessionId, actorUserId: user.id, reason: 'CREDENTIALS_CHANGED', context: actor })
    return true
  })
  if (!isChanged) throw wrongPassword()
}

function wrongPassword() {
  return invalidCredentials('The current password is wrong.')
}
