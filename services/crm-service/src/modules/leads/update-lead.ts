import { leadUpdated } from '@crm/events/contracts/lead.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { decideUpdate } from './decide-update.ts'
import { leadNotFound, lockWritableLead } from './lead-access.ts'
import { leadPayload } from './lead-payload.ts'
import { toLead } from './lead-view.ts'
import { saveLead } from './leads.repository.ts'
import type { Lead, LeadUpdate } from './leads.schemas.ts'

export interface LeadTarget {
  leadId: string
  ifMatch: string | undefined
}

/** Changes name or status of a live lead. An update that changes nothing leaves version and events as they are. */
export async function updateLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget, update: LeadUpdate): Promise<Lead> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    if (lead.deletedAt) throw leadNotFound()
    requireMatch(ifMatch, lead)
    const changes = decideUpdate(lead, update)
    if (Object.keys(changes).length === 0) return toLead(lead)
    const changed = { ...lead, ...update, version: lead.version + 1, updatedAt: new Date() }
    await saveLead(tx, changed)
    const event = newEvent(leadUpdated, {
      recordId: lead.id,
      sequence: changed.version,
      occurredAt: changed.updatedAt,
      context: caller,
      payload: { ...leadPayload(changed, caller.access.user.id), changes },
    })
    await appendEvents(tx, [event])
    return toLead(changed)
  })
}
