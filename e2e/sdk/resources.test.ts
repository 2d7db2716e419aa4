import { CrmNotFoundError } from '@crm/sdk'
import { acmeAdmin, acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { acme, acmeEast, unknownId } from './sample-data.ts'

const system = await startAllInOne(t, await isolatedEnvironment(t))

t.test('a lead, from its creation to its erasure', async (t) => {
  const crm = clientOf(system, west, patient)
  const { data: lead, response } = await crm.leads
    .create({ name: 'Leonie Köhler', email: 'Leonie@Example.com', companyId: acmeWest })
    .withResponse()
  t.match(lead, { email: 'leonie@example.com', status: 'NEW', version: 1 })
  t.match(response, { status: 201, etag: '"1"', requestId: /^[0-9a-f-]{36}$/, isIdempotentReplay: false, rateLimit: undefined })
  t.equal(response.headers.get('location'), `/v1/leads/${lead.id}`)

  await until(async () => (await crm.leads.get(lead.id)).status === 'QUALIFIED', { timeoutMs: 30_000, what: 'the lead is qualified' })
  t.match(await crm.leads.get(lead.id, { query: { expand: 'company' } }), { company: { id: acmeWest, name: 'Acme West Division' } })
  t.match(await crm.leads.update(lead.id, { status: 'REJECTED' }), { status: 'REJECTED', version: 3 })

  t.equal(await crm.leads.delete(lead.id), undefined)
  t.same((await crm.leads.list()).data, [])
  t.match(await crm.leads.restore(lead.id), { id: lead.id, status: 'REJECTED' })
  t.equal((await crm.leads.erase(lead.id).withResponse()).response.status, 204)
  await t.rejects(crm.leads.get(lead.id), CrmNotFoundError)
})

t.test('companies and users, as their PARENT_ADMIN', async (t) => {
  const crm = clientOf(system, acmeAdmin, patient)
  t.match(await crm.users.me(), { id: acmeAdmin, role: 'PARENT_ADMIN', companyId: acme })
  t.same((await crm.users.myAccess()).descendantIds.toSorted(), [acmeWest, acmeEast].toSorted())

  const south = await crm.companies.create({ name: 'Acme South', parentId: acme })
  t.match(await crm.companies.update(south.id, { name: 'Acme Deep South' }, { ifMatch: south }), { name: 'Acme Deep South', version: 2 })
  t.match(await crm.companies.get(south.id), { name: 'Acme Deep South', parent: { id: acme } })
  t.equal((await crm.companies.list({ parentId: acme })).data.length, 3)
  t.match(await crm.companies.resolve({ ids: [south.id, unknownId] }), { data: [{ exists: true }, { exists: false }] })

  const user = await crm.users.create({ email: 'kim@example.com', role: 'CHILD_USER', companyId: south.id })
  t.match(await crm.users.update(user.id, { firstName: 'Kim', lastName: undefined }, { ifMatch: user }), { firstName: 'Kim' })
  t.match(await crm.users.get(user.id), { firstName: 'Kim', companyId: south.id })
  const emails = (await crm.users.list({ companyId: south.id }).toArray({ limit: 10 })).map(({ email }) => email)
  t.same(emails, ['kim@example.com'])
})
