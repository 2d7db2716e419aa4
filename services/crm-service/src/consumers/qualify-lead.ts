import { defineConsumer } from '@crm/events/consumer/define-consumer.ts'
import { leadCreated, leadQualified } from '@crm/events/contracts/lead.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { leadPayload } from '../modules/leads/lead-payload.ts'
import { qualifyNewLeads } from '../modules/leads/leads.repository.ts'

/** Makes NEW leads QUALIFIED, a batch in one statement, and says so by `lead.qualified` from the same transaction. */
export const qualifyLead = defineConsumer({
  group: 'crm-worker.qualify-lead',
  on: [leadCreated],
  async handle(events, tx) {
    const now = new Date()
    const causes = new Map(events.map((event) => [event.payload.leadId, event]))
    const qualified = await qualifyNewLeads(tx, [...causes.keys()], now)
    const facts = qualified.map((lead) =>
      newEvent(leadQualified, {
        recordId: lead.id,
        sequence: lead.version,
        occurredAt: now,
        context: causes.get(lead.id) ?? {},
        payload: { ...leadPayload(lead, null), changes: { status: { from: 'NEW', to: lead.status } } },
      }),
    )
    await appendEvents(tx, facts)
  },
})
