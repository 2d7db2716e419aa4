import type { Lead, LeadPage } from '../src/generated/models.ts'
import type { Transport } from '../src/transport.ts'

const get = { id: 'getLead', method: 'GET', path: '/v1/leads/{leadId}', service: 'crm', answer: 'json' } as const
const list = { id: 'listLeads', method: 'GET', path: '/v1/leads', service: 'crm', answer: 'json' } as const
const remove = { id: 'deleteLead', method: 'DELETE', path: '/v1/leads/{leadId}', service: 'crm', answer: 'none' } as const
const update = { id: 'updateLead', method: 'PATCH', path: '/v1/leads/{leadId}', service: 'crm', answer: 'json' } as const
const recordPath = '/v1/leads/{leadId}' as const
const path = { leadId: 'a' }

/** Never run: the type check fails when one of these mistakes of a generator compiles, or what is right does not. */
export function generated({ send, list: sendList }: Transport) {
  const onLead = (lead: Lead) => ({ name: lead.name })
  // @ts-expect-error an operation that the document does not have
  send({ ...get, id: 'getLeads' }, { path })
  // @ts-expect-error another operation's path
  send({ ...get, path: '/v1/users/{userId}' }, { path })
  // @ts-expect-error another operation's method
  send({ ...get, method: 'PATCH' }, { path })
  // @ts-expect-error a service that is none
  send({ ...get, service: 'leads' }, { path })
  // @ts-expect-error no body, where there is one
  send({ ...get, answer: 'none' }, { path })
  // @ts-expect-error a body, where there is none
  send({ ...remove, answer: 'json' }, { path })
  // @ts-expect-error without the ids of its path
  send(get, {})
  // @ts-expect-error another operation's ids
  send(get, { path: { userId: 'a' } })
  // @ts-expect-error without its body
  send(update, { path })
  // @ts-expect-error another operation's body
  send(update, { path, body: { email: 'a@example.com' } })
  // @ts-expect-error a query parameter that it does not have
  send(get, { path, query: { limit: 5 } })
  // @ts-expect-error what is no list
  sendList(get, {})
  // @ts-expect-error a conflict that cannot be resolved, as there is no path to read the record at
  send(update, { path, body: {} }, { ifMatch: '"1"', onConflict: onLead })
  // @ts-expect-error another record at that path
  send({ ...update, recordPath: '/v1/users/{userId}' as const }, { path, body: {} }, { ifMatch: '"1"', onConflict: onLead })
  // @ts-expect-error a path at which nothing is read
  send({ ...update, recordPath: '/v1/leads/{leadId}/erase' as const }, { path, body: {} }, { ifMatch: '"1"', onConflict: onLead })
  // @ts-expect-error a decision that is not its body
  send({ ...update, recordPath }, { path, body: {} }, { ifMatch: '"1"', onConflict: () => ({ email: '' }) })
  const wrong = {
    // @ts-expect-error another operation's result
    user: (): PromiseLike<{ role: string }> => send(get, { path }),
    // @ts-expect-error nothing, where there is a record
    nothing: (): PromiseLike<void> => sendList(list, {}),
  }
  const right = {
    lead: (): PromiseLike<Lead> => send(get, { path, query: { expand: undefined } }),
    leads: (): PromiseLike<LeadPage> => sendList(list, { query: { status: 'NEW', q: undefined } }),
    nothing: (): PromiseLike<void> => send(remove, { path }),
    changed: (): PromiseLike<Lead> =>
      send({ ...update, recordPath }, { path, body: { name: undefined } }, { ifMatch: '"1"', onConflict: onLead }),
  }
  return { wrong, right }
}
