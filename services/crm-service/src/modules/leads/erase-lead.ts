import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { forgetPublishedEvents } from '@crm/events/outbox/forget-published-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { forgetAnswers } from '@crm/service-kit/idempotency/idempotent-write.ts'
import { type LeadTarget, lockWritableLead } from './lead-access.ts'
import { causedBy, leadEvents } from './lead-events.ts'
import { eraseLeadRow, nextVersion, type StoredLead } from './leads.repository.ts'

/**
 * Removes a lead, deleted or not, for good, with the remembered answers and the sent events that show it; its last event names no person.
 * Events still to be sent are sent, and the bus keeps what it has for as long as it keeps any event.
 */
export async function eraseLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget): Promise<StoredLead> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    requireMatch(ifMatch, lead)
    await eraseLeadRow(tx, leadId)
    await forgetAnswers(tx, leadId)
    await forgetPublishedEvents(tx, leadId)
    const erased = nextVersion(lead, {})
    await appendEvents(tx, [leadEvents.erased(erased, causedBy(caller))])
    return erased
  })
}
