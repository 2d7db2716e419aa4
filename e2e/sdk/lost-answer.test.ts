import { createCrmClient } from '@crm/sdk'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf } from '../client.ts'
import { startProxy } from './proxy.ts'

t.test('a write whose answer was lost took effect once, and the retry gets its answer', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const statuses: number[] = []
  const losesAnswer = ({ ok, status }: Response) => ok && statuses.push(status) === 1
  const crm = createCrmClient({
    services: { user: system.userUrl, crm: await startProxy(t, { originOf: () => system.crmUrl, losesAnswer }) },
    userId: west,
    // No attempt is given up while its answer may still come.
    attemptTimeoutMs: 60_000,
  })
  const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }
  const { data, response } = await crm.leads.create(lead).withResponse()
  t.same(statuses, [201, 201])
  t.equal(response.isIdempotentReplay, true)
  const stored = await clientOf(system).leads.list()
  t.same(
    stored.data.map(({ id }) => id),
    [data.id],
    'one lead, the one that was answered',
  )
})
