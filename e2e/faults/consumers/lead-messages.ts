import { randomUUID } from 'node:crypto'
import { acmeWest } from '@crm/testing/all-in-one.ts'
import type { BusMessage } from '../../../packages/events/src/bus/bus.ts'
import { leadCreated, leadUpdated } from '../../../packages/events/src/contracts/lead.ts'
import { newEvent } from '../../../packages/events/src/envelope/new-event.ts'
import { toMessage } from '../../../packages/events/src/envelope/to-message.ts'
import { outboxRow } from '../../../packages/events/src/outbox/outbox-row.ts'

export interface LeadFacts {
  leadId?: string
  /** The lead's version, and the event's sequence. */
  version?: number
  name?: string
}

/** `lead.created` of a lead that crm-service knows nothing of, as crm-service would send it. */
export function createdMessage(facts: LeadFacts = {}): BusMessage {
  return toMessage(outboxRow(newEvent(leadCreated, partsOf(facts))))
}

/** `lead.updated` of such a lead. */
export function updatedMessage(facts: LeadFacts): BusMessage {
  const { payload, ...frame } = partsOf(facts)
  return toMessage(outboxRow(newEvent(leadUpdated, { ...frame, payload: { ...payload, changes: {} } })))
}

function partsOf({ leadId = randomUUID(), version = 1, name = 'Leonie' }: LeadFacts) {
  const occurredAt = new Date()
  const time = occurredAt.toISOString()
  const payload = {
    ...{ leadId, companyId: acmeWest, actorUserId: null, name, email: `${leadId}@faults.example` },
    ...{ status: 'NEW' as const, createdAt: time, updatedAt: time },
  }
  return { recordId: leadId, sequence: version, occurredAt, context: {}, payload }
}
