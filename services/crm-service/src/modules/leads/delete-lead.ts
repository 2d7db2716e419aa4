import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { type LeadTarget, lockWritableLead } from './lead-access.ts'
import { causedBy, leadEvents } from './lead-events.ts'
import { leadNotFound } from './lead-refusals.ts'
import { nextVersion, type StoredLead, saveLead } from './leads.repository.ts'

/** Hides a lead. It can be restored for 30 days and no longer stands in the way of a new one. */
export async function deleteLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget): Promise<StoredLead> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    if (lead.deletedAt) throw leadNotFound()
    requireMatch(ifMatch, lead)
    const deleted = nextVersion(lead, { deletedAt: new Date() })
    await saveLead(tx, deleted)
    await appendEvents(tx, [leadEvents.deleted(deleted, causedBy(caller))])
    return deleted
  })
}
