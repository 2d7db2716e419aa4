import { CrmConflictError, CrmNotFoundError } from '@crm/sdk'
import { acmeAdmin, acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { sampleCustomers } from '../data/sample-customers.ts'
import { globalAdmin } from './sample-data.ts'

t.test('the main job by the SDK: every customer of the sample file becomes a lead, is QUALIFIED, and is worked on', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const crm = clientOf(system, west, patient)
  t.equal((await crm.users.me()).companyId, acmeWest)

  const customers = await sampleCustomers()
  t.equal(customers.length, 59)
  const import59 = () =>
    Promise.all(
      customers.map(({ name, email }) =>
        crm.leads.create({ name, email, companyId: acmeWest }, { idempotencyKey: `import-${encodeURIComponent(email)}` }).withResponse(),
      ),
    )
  const created = await import59()
  t.ok(created.every(({ data, response }) => data.status === 'NEW' && !response.isIdempotentReplay))
  const again = await import59()
  t.same(
    again.map(({ data }) => data.id),
    created.map(({ data }) => data.id),
    'an import that is run again creates nothing',
  )
  t.ok(again.every(({ response }) => response.isIdempotentReplay))

  const leads = await until(
    async () => {
      const all = await crm.leads.list({ limit: 25, orderBy: 'name' }).toArray({ limit: 1_000 })
      return all.every(({ status }) => status === 'QUALIFIED') && all
    },
    { timeoutMs: 60_000, what: 'all leads are QUALIFIED' },
  )
  t.same(leads.map(({ id }) => id).toSorted(), created.map(({ data }) => data.id).toSorted())

  const ids: string[] = []
  for await (const lead of crm.leads.list({ limit: 25, status: 'QUALIFIED' })) {
    const { data: read } = created.find(({ data }) => data.id === lead.id) ?? {}
    if (read === undefined) return t.fail('a lead that nobody created')
    // Decided on the lead as it was created; the worker has qualified it since.
    const onConflict = (current: typeof lead) => (current.status === 'QUALIFIED' ? ({ status: 'CONTACTED' } as const) : undefined)
    if (ids.length < 10) ids.push((await crm.leads.update(lead.id, { status: 'CONTACTED' }, { ifMatch: read, onConflict })).id)
  }
  const contacted = await crm.leads.list({ status: 'CONTACTED', includeTotal: true })
  t.equal(contacted.page.total, 10)
  t.same(contacted.data.map(({ id }) => id).toSorted(), ids.toSorted())

  const [one] = contacted.data
  if (one === undefined) return
  await t.rejects(crm.leads.create({ name: one.name, email: one.email, companyId: acmeWest }), CrmConflictError)
  await t.rejects(clientOf(system, globalAdmin, patient).leads.get(one.id), CrmNotFoundError)
  t.equal(
    (await clientOf(system, acmeAdmin, patient).leads.get(one.id, { query: { expand: 'company' } })).company?.name,
    'Acme West Division',
  )
  await crm.leads.delete(one.id, { ifMatch: one })
  await t.rejects(crm.leads.get(one.id), CrmNotFoundError)
  t.equal((await crm.leads.restore(one.id)).status, 'CONTACTED')
  await crm.leads.erase(one.id)
  await t.rejects(crm.leads.restore(one.id), CrmNotFoundError)
})
