import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import { type Executor, uniqueViolation } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { type LeadTarget, lockWritableLead } from './lead-access.ts'
import { causedBy, leadEvents } from './lead-events.ts'
import { leadAlreadyExists, leadsInFlux } from './lead-refusals.ts'
import { toLead } from './lead-view.ts'
import { findLiveLeadId, nextVersion, type StoredLead, saveLead } from './leads.repository.ts'
import type { Lead } from './leads.schemas.ts'

const attempts = 3

/** Brings a deleted lead back; a live one is answered as it is. Throws `lead_already_exists` when its email has been taken since. */
export async function restoreLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget): Promise<Lead> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    requireMatch(ifMatch, lead)
    if (!lead.deletedAt) return toLead(lead)
    const restored = nextVersion(lead, { deletedAt: null })
    await saveUnlessTaken(tx, restored)
    await appendEvents(tx, [leadEvents.restored(restored, causedBy(caller))])
    return toLead(restored)
  })
}

async function saveUnlessTaken(tx: Executor, lead: StoredLead): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await tx.transaction((savepoint) => saveLead(savepoint, lead))
    } catch (error) {
      if (!uniqueViolation(error)) throw error
    }
    const existingId = await findLiveLeadId(tx, lead.companyId, lead.email)
    if (existingId !== undefined) throw leadAlreadyExists(existingId)
    // The lead that stood in the way was deleted in between: try again.
  }
  throw leadsInFlux()
}
