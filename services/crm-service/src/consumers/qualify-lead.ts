import { defineConsumer } from '@crm/events/consumer/define-consumer.ts'
import { leadCreated } from '@crm/events/contracts/lead.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { leadEvents } from '../modules/leads/lead-events.ts'
import { qualifyNewLeads } from '../modules/leads/leads.repository.ts'

/** Makes NEW leads QUALIFIED, a batch in one statement, and says so by `lead.qualified` from the same transaction. */
export const qualifyLead = defineConsumer({
  group: 'crm-worker.qualify-lead',
  on: [leadCreated],
  async handle(events, tx) {
    const causes = new Map(events.map((event) => [event.payload.leadId, event]))
    const qualified = await qualifyNewLeads(tx, [...causes.keys()], new Date())
    await appendEvents(
      tx,
      qualified.map((lead) => leadEvents.qualified(lead, { actorUserId: null, context: causes.get(lead.id) ?? {} })),
    )
  },
})
