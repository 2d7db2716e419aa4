import { leadCreated, leadDeleted, leadErased, leadQualified, leadRestored, leadUpdated } from '@crm/events/contracts/lead.ts'
import { type EventContext, type NewEvent, newEvent } from '@crm/events/envelope/new-event.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { LeadChanges } from './decide-update.ts'
import type { StoredLead } from './leads.repository.ts'

/** Who or what made a change: a user by a request, or the system because of an event. */
export interface Cause {
  actorUserId: string | null
  context: EventContext
}

export function causedBy(caller: Caller): Cause {
  return { actorUserId: caller.access.user.id, context: caller }
}

/** The events of a lead, each made from the lead as it is after the change. */
export const leadEvents = {
  created: (lead: StoredLead, cause: Cause): NewEvent => newEvent(leadCreated, { ...frame(lead, cause), payload: state(lead, cause) }),
  updated: (lead: StoredLead, cause: Cause, changes: LeadChanges): NewEvent =>
    newEvent(leadUpdated, { ...frame(lead, cause), payload: { ...state(lead, cause), changes } }),
  qualified: (lead: StoredLead, cause: Cause): NewEvent =>
    newEvent(leadQualified, {
      ...frame(lead, cause),
      payload: { ...state(lead, cause), changes: { status: { from: 'NEW', to: lead.status } } },
    }),
  deleted: (lead: StoredLead, cause: Cause): NewEvent =>
    newEvent(leadDeleted, { ...frame(lead, cause), payload: { ...state(lead, cause), deletedAt: lead.updatedAt.toISOString() } }),
  restored: (lead: StoredLead, cause: Cause): NewEvent => newEvent(leadRestored, { ...frame(lead, cause), payload: state(lead, cause) }),
  /** Names no person. */
  erased: (lead: StoredLead, cause: Cause): NewEvent =>
    newEvent(leadErased, { ...frame(lead, cause), payload: { ...identity(lead, cause), erasedAt: lead.updatedAt.toISOString() } }),
}

function frame(lead: StoredLead, { context }: Cause) {
  return { recordId: lead.id, sequence: lead.version, occurredAt: lead.updatedAt, context }
}

function identity(lead: StoredLead, { actorUserId }: Cause) {
  return { leadId: lead.id, companyId: lead.companyId, actorUserId }
}

function state(lead: StoredLead, cause: Cause) {
  const { name, email, status } = lead
  return { ...identity(lead, cause), name, email, status, createdAt: lead.createdAt.toISOString(), updatedAt: lead.updatedAt.toISOString() }
}
