import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Database, Executor } from '@crm/service-kit/database/database.ts'
import { findAccess } from '../access/find-access.ts'
import type { LoginThrottle } from '../login-throttle/login-throttle.ts'
import { invalidCredentials } from '../passwords/credentials-error.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { findLogin, holdPassword, type UserLogin } from '../passwords/passwords.repository.ts'
import type { Client } from '../sessions/client.ts'
import { type RejectionReason, sessionRejectedEvent } from '../sessions/session-events.ts'
import type { SessionKind } from '../sessions/sessions.repository.ts'
import { type StartedSession, startSession } from '../sessions/start-session.ts'

export interface LoginParts {
  db: Database
  hasher: PasswordHasher
  throttle: LoginThrottle
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

export interface LoginInput {
  email: string
  password: string
  kind: SessionKind
  client: Client
}

/**
 * Begins a session for who knows the password. Throws `rate_limited` before anything is hashed, and `invalid_credentials` for everybody
 * else alike: an unknown user takes the same statements and the same hash.
 */
export async function login(
  { db, hasher, throttle, wakeRelay }: LoginParts,
  input: LoginInput,
): Promise<StartedSession & { userId: string }> {
  const { email, password, client } = input
  const attempt = await throttle.count({ email, address: client.address })
  const found = await findLogin(db, email)
  const matches = await attempt.during(hasher.matches(password, found?.passwordHash ?? null))
  const outcome = found && matches ? await start(db, found, input) : found ? 'WRONG_CREDENTIALS' : 'UNKNOWN_USER'
  if (typeof outcome === 'string') {
    await reject(db, { user: found, reason: outcome, client })
    wakeRelay()
    throw invalidCredentials('The email or the password is wrong.')
  }
  wakeRelay()
  await attempt.succeeded()
  return outcome
}

/** Between the check and the session's start the password may have been changed, or the user or their company deactivated. */
async function start(
  db: Database,
  user: UserLogin,
  { kind, client }: LoginInput,
): Promise<(StartedSession & { userId: string }) | RejectionReason> {
  return db.transaction(async (tx) => {
    if (!(await holdPassword(tx, user))) return 'WRONG_CREDENTIALS'
    const access = await findAccess(tx, { userId: user.id, sessionId: null })
    if (!access) return 'INACTIVE'
    return { userId: user.id, ...(await startSession(tx, { id: user.id, companyId: access.user.companyId }, { kind, client })) }
  })
}

interface Refusal {
  user: UserLogin | undefined
  reason: RejectionReason
  client: Client
}

async function reject(on: Executor, { user, reason, client: { address, context } }: Refusal): Promise<void> {
  await appendEvents(on, [sessionRejectedEvent({ user: user ?? null, reason, address, context })])
}
