import t from 'tap'
import { CrmNotFoundError, CrmValidationError, createCrmClient } from '../src/index.ts'
import { json, problem, startScriptedServer } from './scripted-server.ts'
import { acmeWest, startSystem, west } from './system.ts'

t.test('a list is its first page when awaited, and all its records when iterated', async (t) => {
  const { clientOf } = await startSystem(t)
  const crm = clientOf(west)
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

t.test('pages are asked for as they are needed', async (t) => {
  const page = (id: string, nextCursor: string | null) => json(200, { data: [{ id }], page: { limit: 1, nextCursor } })
  const server = await startScriptedServer(t, page('a', 'after a'), page('b', 'after b'), page('c', null))
  const crm = createCrmClient({ baseUrl: server.url, userId: west })
  for await (const { id } of crm.leads.list({ status: 'NEW', q: undefined })) if (id === 'b') break
  t.same(
    server.requests.map(({ path }) => path),
    ['/v1/leads?status=NEW', '/v1/leads?status=NEW&cursor=after%20a'],
  )
})

t.test('a list shows the metadata of its first page', async (t) => {
  const headers = { 'x-request-id': 'r-3', 'ratelimit-limit': '100', 'ratelimit-remaining': '99', 'ratelimit-reset': '60' }
  const server = await startScriptedServer(t, json(200, { data: [], page: { limit: 50, nextCursor: null } }, headers))
  const { data, response } = await createCrmClient({ baseUrl: server.url, userId: west }).leads.list().withResponse()
  t.same(data.data, [])
  t.match(response, { status: 200, requestId: 'r-3', rateLimit: { limit: 100, remaining: 99, resetSeconds: 60 } })
})

t.test('a page that fails ends the iteration with its error, a first page that nobody looks at is silent', async (t) => {
  const first = json(200, { data: [{ id: 'a' }], page: { limit: 1, nextCursor: 'more' } })
  const server = await startScriptedServer(t, first, problem(404, 'not_found'))
  const crm = createCrmClient({ baseUrl: server.url, userId: west })
  const seen: string[] = []
  const iterate = async () => {
    for await (const { id } of crm.leads.list()) seen.push(id)
  }
  await t.rejects(iterate, CrmNotFoundError)
  t.same(seen, ['a'])

  // tap fails on a rejection that is not handled.
  const list = crm.leads.list()
  await t.rejects(crm.leads.list().withResponse(), CrmNotFoundError)
  await t.rejects(list.toArray({ limit: 1 }), CrmNotFoundError)
})
