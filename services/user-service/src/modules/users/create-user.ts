import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Role } from '@crm/service-kit/access/access.ts'
import { writeScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import type { Actor } from '../access/actor.ts'
import { requireNamedCompany } from '../companies/company-access.ts'
import { userCreatedEvent } from './user-events.ts'
import { requireCreatable } from './user-rules.ts'
import { toUser } from './user-view.ts'
import { insertUser } from './users.repository.ts'
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

/** Creates a user together with their event. Throws `email_already_exists`, also when two do it at once. */
export async function createUser(on: Executor, actor: Actor, input: NewUser): Promise<User> {
  const { access } = actor
  const { id = newId(), firstName = null, lastName = null, companyId, passwordHash, email, role } = input
  requireCreatable(access, input)
  return on.transaction(async (tx) => {
    if (companyId !== null) {
      await requireNamedCompany(tx, companyId, { access, scope: writeScope(access, 'user'), field: 'companyId' })
    }
    const now = new Date()
    const user = { id, email, firstName, lastName, role, companyId, isActive: true, version: 1, createdAt: now, updatedAt: now }
    if (!(await insertUser(tx, { ...user, passwordHash }))) throw emailAlreadyExists()
    await appendEvents(tx, [userCreatedEvent(actor, user)])
    return toUser(user)
  })
}

export function emailAlreadyExists(): AppError {
  return new AppError('email_already_exists', 'There is a user with this email.', {
    errors: [{ pointer: '/body/email', message: 'belongs to another user' }],
  })
}
