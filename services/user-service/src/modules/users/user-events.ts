import { userCreated, userUpdated } from '@crm/events/contracts/user.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import type { Actor } from '../access/actor.ts'
import type { UserChanges } from './user-rules.ts'
import type { StoredUser } from './users.repository.ts'

export function userCreatedEvent(actor: Actor, user: StoredUser) {
  return newEvent(userCreated, { ...envelope(actor, user), payload: state(actor, user) })
}

export function userUpdatedEvent(actor: Actor, user: StoredUser, changes: UserChanges) {
  return newEvent(userUpdated, { ...envelope(actor, user), payload: { ...state(actor, user), changes } })
}

function envelope(context: Actor, { id, version, updatedAt }: StoredUser) {
  return { recordId: id, sequence: version, occurredAt: updatedAt, context }
}

// Field by field: whatever else a row may come to hold stays out of the events.
function state({ userId }: Actor, user: StoredUser) {
  return {
    userId: user.id,
    companyId: user.companyId,
    actorUserId: userId,
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    role: user.role,
    isActive: user.isActive,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  }
}
