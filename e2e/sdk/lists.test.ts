import { CrmValidationError } from '@crm/sdk'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'

t.test('a list is its first page when awaited, and all its records when iterated', async (t) => {
  const crm = clientOf(await startAllInOne(t, await isolatedEnvironment(t)), west, patient)
  const names = Array.from({ length: 5 }, (_, index) => `Lead ${index}`)
  for (const name of names) await crm.leads.create({ name, email: `${name.replace(' ', '')}@example.com`, companyId: acmeWest })

  const page = await crm.leads.list({ limit: 2, orderBy: 'name', includeTotal: true })
  t.same(
    page.data.map(({ name }) => name),
    names.slice(0, 2),
  )
  t.match(page.page, { limit: 2, total: 5 })

  const iterated: string[] = []
  for await (const { name } of crm.leads.list({ limit: 2, orderBy: 'name' })) iterated.push(name)
  t.same(iterated, names)

  const pages: number[] = []
  for await (const { data } of crm.leads.list({ limit: 2 }).pages()) pages.push(data.length)
  t.same(pages, [2, 2, 1])

  const next = await crm.leads.list({ limit: 2, orderBy: 'name', cursor: page.page.nextCursor ?? undefined })
  t.equal(next.data[0]?.name, names[2])
  t.same(
    (await crm.leads.list({ limit: 2, orderBy: 'name' }).toArray({ limit: 3 })).map(({ name }) => name),
    names.slice(0, 3),
  )
  t.same(
    (await crm.leads.list({ limit: 2, orderBy: 'name', offset: 1 }).toArray({ limit: 100 })).map(({ name }) => name),
    names.slice(1),
    'an offset counts for the first page only',
  )
  t.same(await crm.leads.list({ q: 'nobody here' }).toArray({ limit: 10 }), [])

  await t.rejects(crm.leads.list({ limit: 0 }), CrmValidationError)
  await t.rejects(crm.leads.list({ limit: 501 }).toArray({ limit: 1 }), CrmValidationError)
})
