import { leadErased } from '@crm/events/contracts/lead.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { forgetAnswers } from '@crm/service-kit/idempotency/idempotent-write.ts'
import type { LeadRow } from '../../db/schema.ts'
import { lockWritableLead } from './lead-access.ts'
import { eraseLeadRow } from './leads.repository.ts'
import type { LeadTarget } from './update-lead.ts'

/** Removes a lead, deleted or not, for good, and the remembered answers that show it. The event names no person. */
export async function eraseLead(on: Executor, caller: Caller, { leadId, ifMatch }: LeadTarget): Promise<LeadRow> {
  return on.transaction(async (tx) => {
    const lead = await lockWritableLead(tx, caller, leadId)
    requireMatch(ifMatch, lead)
    const now = new Date()
    await eraseLeadRow(tx, leadId)
    await forgetAnswers(tx, leadId)
    const event = newEvent(leadErased, {
      recordId: leadId,
      sequence: lead.version + 1,
      occurredAt: now,
      context: caller,
      payload: { leadId, companyId: lead.companyId, actorUserId: caller.access.user.id, erasedAt: now.toISOString() },
    })
    await appendEvents(tx, [event])
    return lead
  })
}
