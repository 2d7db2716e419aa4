import { userPasswordChanged } from '@crm/events/contracts/user.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import type { Actor } from '../access/actor.ts'
import type { ChangedLogin } from './passwords.repository.ts'

export function passwordChangedEvent(actor: Actor, { id, companyId, version, updatedAt }: ChangedLogin) {
  return newEvent(userPasswordChanged, {
    recordId: id,
    sequence: version,
    occurredAt: updatedAt,
    context: actor,
    payload: { userId: id, companyId, actorUserId: actor.userId, changedAt: updatedAt.toISOString() },
  })
}
