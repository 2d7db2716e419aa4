import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { isEmpty } from '@crm/service-kit/records/changes.ts'
import { decideUpdate } from './decide-update.ts'
import { type LeadTarget, lockWritableLead } from './lead-access.ts'
import { causedBy, leadEvents } from './lead-events.ts'
import { leadNotFound } from './lead-refusals.ts'
import { toLead } from './lead-view.ts'
import { nextVersion, saveLead } from './leads.repository.ts'
import type { Lead, LeadUpdate } from './leads.schemas.ts'

/** Changes name or status of a live lead. An update that changes nothing leaves version and events as they are. */
export async function updateLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget, update: LeadUpdate): Promise<Lead> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    if (lead.deletedAt) throw leadNotFound()
    requireMatch(ifMatch, lead)
    const changes = decideUpdate(lead, update)
    if (isEmpty(changes)) return toLead(lead)
    const updated = nextVersion(lead, update)
    await saveLead(tx, updated)
    await appendEvents(tx, [leadEvents.updated(updated, causedBy(caller), changes)])
    return toLead(updated)
  })
}
