import { leadRestored } from '@crm/events/contracts/lead.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import { type Executor, uniqueViolation } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import type { LeadRow } from '../../db/schema.ts'
import { leadAlreadyExists } from './create-lead.ts'
import { lockWritableLead } from './lead-access.ts'
import { leadPayload } from './lead-payload.ts'
import { toLead } from './lead-view.ts'
import { findLiveLeadId, saveLead } from './leads.repository.ts'
import type { Lead } from './leads.schemas.ts'
import type { LeadTarget } from './update-lead.ts'

/** Brings a deleted lead back; a live one is answered as it is. Throws `lead_already_exists` when its email has been taken since. */
export async function restoreLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget): Promise<Lead> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    requireMatch(ifMatch, lead)
    if (!lead.deletedAt) return toLead(lead)
    const restored = { ...lead, deletedAt: null, updatedAt: new Date(), version: lead.version + 1 }
    await saveUnlessTaken(tx, restored)
    const event = newEvent(leadRestored, {
      recordId: leadId,
      sequence: restored.version,
      occurredAt: restored.updatedAt,
      context: caller,
      payload: leadPayload(restored, caller.access.user.id),
    })
    await appendEvents(tx, [event])
    return toLead(restored)
  })
}

async function saveUnlessTaken(tx: Executor, lead: LeadRow): Promise<void> {
  try {
    await tx.transaction((savepoint) => saveLead(savepoint, lead))
  } catch (error) {
    const existingId = uniqueViolation(error) ? await findLiveLeadId(tx, lead.companyId, lead.email) : undefined
    throw existingId === undefined ? error : leadAlreadyExists(existingId)
  }
}
