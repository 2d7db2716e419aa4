import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Access, Role } from '@crm/service-kit/access/access.ts'
import { writeScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import type { Actor } from '../access/actor.ts'
import { requireNamedCompany } from '../companies/company-access.ts'
import { userCreatedEvent } from './user-events.ts'
import { requireCreatable } from './user-rules.ts'
import { toUser } from './user-view.ts'
import { insertUser, isEmailTaken } from './users.repository.ts'
import type { User } from './users.schemas.ts'

export interface NewUser {
  /** Given by the sample data alone. */
  id?: string
  email: string
  role: Role
  companyId: string | null
  firstName?: string | null
  lastName?: string | null
  /** Of `hashPassword`; null for somebody who cannot log in yet. */
  passwordHash: string | null
}

/** Throws what `createUser` would, as far as it can be told before: who calls may create users in the company, and nobody has the email. */
export async function requireFreeEmailAndCompany(
  on: Executor,
  { access }: Actor,
  user: Pick<NewUser, 'companyId' | 'email'>,
): Promise<void> {
  await requireCompany(on, access, user)
  if (await isEmailTaken(on, user.email)) throw emailAlreadyExists()
}

/** Creates a user together with their event. Throws `email_already_exists`, also when two do it at once. */
export async function createUser(on: Executor, actor: Actor, input: NewUser): Promise<User> {
  const { id = newId(), firstName = null, lastName = null, companyId, passwordHash, email, role } = input
  requireCreatable(actor.access, input)
  return on.transaction(async (tx) => {
    await requireCompany(tx, actor.access, input)
    const now = new Date()
    const user = { id, email, firstName, lastName, role, companyId, isActive: true, version: 1, createdAt: now, updatedAt: now }
    if (!(await insertUser(tx, { ...user, passwordHash }))) throw emailAlreadyExists()
    await appendEvents(tx, [userCreatedEvent(actor, user)])
    return toUser(user)
  })
}

async function requireCompany(on: Executor, access: Access, { companyId }: Pick<NewUser, 'companyId'>): Promise<void> {
  if (companyId === null) return
  await requireNamedCompany(on, companyId, { access, scope: writeScope(access, 'user'), field: 'companyId' })
}

export function emailAlreadyExists(): AppError {
  return new AppError('email_already_exists', 'There is a user with this email.', {
    errors: [{ pointer: '/body/email', message: 'belongs to another user' }],
  })
}
