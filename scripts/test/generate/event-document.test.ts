import { allContracts } from '@crm/events/contracts/all.ts'
import type { EventContract } from '@crm/events/contracts/contract.ts'
import { leadDeleted } from '@crm/events/contracts/lead.ts'
import { sessionStarted } from '@crm/events/contracts/session.ts'
import { asDocument, elementsOf, type JsonObject, memberOf } from '@crm/openapi/json.ts'
import t from 'tap'
import { parse } from 'yaml'
import { eventDocument } from '../../generate/event-document.ts'

/** The message of a contract as the document has it. */
function messageOf(contract: EventContract) {
  const document = asDocument(parse(eventDocument([contract])), 'the document')
  const message = memberOf(memberOf(document.components, 'messages'), contract.type) ?? null
  const [example = null] = elementsOf(memberOf(message, 'examples'))
  return {
    key: memberOf(memberOf(memberOf(message, 'bindings'), 'kafka'), 'key'),
    subject: memberOf(memberOf(example, 'headers'), 'ce_subject'),
    time: memberOf(memberOf(example, 'headers'), 'ce_time'),
  }
}

/** The same contract with the members of its payload, and of its examples, the other way round. */
function reversed({ payload, ...contract }: EventContract): EventContract {
  const turn = <Value>(members: Record<string, Value>) => Object.fromEntries(Object.entries(members).reverse())
  const examples: JsonObject[] = payload.examples ?? []
  return { ...contract, payload: { ...payload, properties: turn(payload.properties), examples: examples.map(turn) } }
}

t.test('an example is of the record that its payload names, and of the time when that happened', async (t) => {
  t.match(messageOf(leadDeleted), { subject: '01980000-0000-7000-8000-000000000001', time: '2026-02-03T08:00:00.000Z' })
  t.match(messageOf(sessionStarted), { subject: '01980000-0000-7000-8000-00000000a004', time: '2026-01-31T09:30:00.000Z' })
})

t.test('the order in which a payload has its members means nothing', async (t) => {
  for (const contract of allContracts) t.strictSame(messageOf(reversed(contract)), messageOf(contract), contract.type)
})

t.test('a contract of which it is not known what holds the id of its record is refused', async (t) => {
  const { leadId: _, ...others } = leadDeleted.payload.properties
  const nameless: EventContract = { ...leadDeleted, payload: { ...leadDeleted.payload, properties: others } }
  const message = (type: string) => ({
    message: `recordIds of event-document.ts names no member of ${type} that holds the id of its record`,
  })
  t.throws(() => eventDocument([{ ...leadDeleted, type: 'thing.deleted' }]), message('thing.deleted'))
  t.throws(() => eventDocument([nameless]), message('lead.deleted'))
})
