import { leadDeleted } from '@crm/events/contracts/lead.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import type { LeadRow } from '../../db/schema.ts'
import { leadNotFound, lockWritableLead } from './lead-access.ts'
import { leadPayload } from './lead-payload.ts'
import { saveLead } from './leads.repository.ts'
import type { LeadTarget } from './update-lead.ts'

/** Hides a lead. It can be restored for 30 days and no longer stands in the way of a new one. */
export async function deleteLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget): Promise<LeadRow> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    if (lead.deletedAt) throw leadNotFound()
    requireMatch(ifMatch, lead)
    const now = new Date()
    const deleted = { ...lead, deletedAt: now, updatedAt: now, version: lead.version + 1 }
    await saveLead(tx, deleted)
    const event = newEvent(leadDeleted, {
      recordId: leadId,
      sequence: deleted.version,
      occurredAt: now,
      context: caller,
      payload: { ...leadPayload(deleted, caller.access.user.id), deletedAt: now.toISOString() },
    })
    await appendEvents(tx, [event])
    return deleted
  })
}
