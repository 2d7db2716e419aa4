import t from 'tap'
import { CrmNotFoundError, createCrmClient, type ListLeadsQuery } from '../src/index.ts'
import { json, problem, startScriptedServer } from './scripted-server.ts'

t.test('pages are asked for as they are needed', async (t) => {
  const page = (id: string, nextCursor: string | null) => json(200, { data: [{ id }], page: { limit: 1, nextCursor } })
  const server = await startScriptedServer(t, page('a', 'after a'), page('b', 'after b'), page('c', null))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  for await (const { id } of crm.leads.list({ status: 'NEW', q: undefined })) if (id === 'b') break
  t.same(
    server.requests.map(({ path }) => path),
    ['/v1/leads?status=NEW', '/v1/leads?status=NEW&cursor=after%20a'],
  )
})

t.test('a list shows the metadata of its first page', async (t) => {
  const headers = { 'x-request-id': 'r-3', 'ratelimit-limit': '100', 'ratelimit-remaining': '99', 'ratelimit-reset': '60' }
  const server = await startScriptedServer(t, json(200, { data: [], page: { limit: 50, nextCursor: null } }, headers))
  const { data, response } = await createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list().withResponse()
  t.same(data.data, [])
  t.match(response, { status: 200, requestId: 'r-3', rateLimit: { limit: 100, remaining: 99, resetSeconds: 60 } })
})

t.test('a page that fails ends the iteration with its error, a first page that nobody looks at is silent', async (t) => {
  const first = json(200, { data: [{ id: 'a' }], page: { limit: 1, nextCursor: 'more' } })
  const server = await startScriptedServer(t, first, problem(404, 'not_found'))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
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

t.test('a list whose first page failed is asked for anew when it is iterated again', async (t) => {
  const server = await startScriptedServer(t, problem(404, 'not_found'), json(200, { data: [{ id: 'a' }], page: { nextCursor: null } }))
  const list = createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list()
  await t.rejects(list.toArray({ limit: 10 }), CrmNotFoundError)
  t.same(await list.toArray({ limit: 10 }), [{ id: 'a' }])
  t.equal(server.requests.length, 2)
})

t.test('the total is counted for pages that are seen, and not for each page of a list of records', async (t) => {
  const page = (nextCursor: string | null) => json(200, { data: [{ id: 'a' }], page: { nextCursor, total: 2 } })
  const server = await startScriptedServer(t, page('x'), page(null), page('x'), page(null), page('x'), page(null))
  const list = createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list({ includeTotal: true })
  t.equal((await list).page.total, 2)
  await list.toArray({ limit: 10 })
  for await (const { page } of list.pages()) t.equal(page.total, 2)
  await list.toArray({ limit: 10 })
  t.same(
    server.requests.map(({ path }) => path),
    ['?includeTotal=true', '?cursor=x', '?includeTotal=true', '?includeTotal=true&cursor=x', '', '?cursor=x'].map(
      (query) => `/v1/leads${query}`,
    ),
  )
})

t.test('a query that is none is the failure of the list, not of the line that makes it', async (t) => {
  const server = await startScriptedServer(t, json(200, { data: [], page: { nextCursor: null } }))
  const { leads } = createCrmClient({ baseUrl: server.url, userId: 'u' })
  // As JavaScript would give them.
  for (const query of [null, 'NEW']) {
    const list: ReturnType<typeof leads.list> = Reflect.apply(leads.list, undefined, [query])
    await t.rejects(list, { name: 'TypeError', message: `The query is not an object: ${query}` })
    await t.rejects(list.toArray({ limit: 1 }), TypeError)
    await t.rejects(list.toArray({ limit: 1 }), TypeError)
  }
  t.equal(server.requests.length, 0)
})

t.test('without a limit that is a number nothing is collected: the whole list would be read', async (t) => {
  const server = await startScriptedServer(t, json(200, { data: [{ id: 'a' }], page: { nextCursor: 'more' } }))
  const list = createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list()
  await list
  // As JavaScript would give them.
  const toArray = (...given: unknown[]): Promise<unknown> => Reflect.apply(list.toArray, undefined, given)
  for (const limit of [undefined, Number.NaN, -1, null, '10', {}])
    await t.rejects(toArray({ limit }), { name: 'TypeError', message: /^limit must be a number from 0 on, not / }, String(limit))
  await t.rejects(toArray({}), TypeError)
  await t.rejects(toArray(), TypeError)
  t.strictSame(await toArray({ limit: 0 }), [])
  t.equal(server.requests.length, 1)
})

t.test('a list that comes to its end without a cursor ends', async (t) => {
  const server = await startScriptedServer(t, json(200, { data: [{ id: 'a' }], page: { limit: 50 } }))
  const leads = await createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list().toArray({ limit: 10 })
  t.same(leads, [{ id: 'a' }])
  t.equal(server.requests.length, 1)
})

t.test('a cursor that comes twice ends the iteration with an error, instead of never', async (t) => {
  const page = (nextCursor: string) => json(200, { data: [{ id: nextCursor }], page: { nextCursor } }, { 'x-request-id': 'r-5' })
  const server = await startScriptedServer(t, page('a'), page('b'), page('a'))
  const iterate = createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list().toArray({ limit: 1_000 })
  await t.rejects(iterate, { name: 'CrmResponseError', status: 200, requestId: 'r-5' })
  t.equal(server.requests.length, 3)
})

t.test('a list that is iterated again is asked for anew from its first page on, by the query that it was given', async (t) => {
  const page = (id: string, nextCursor: string | null) => json(200, { data: [{ id }], page: { nextCursor } })
  const server = await startScriptedServer(t, page('a', 'x'), page('b', null), page('a2', 'y'), page('b2', null))
  const query: ListLeadsQuery = { status: 'NEW' }
  const list = createCrmClient({ baseUrl: server.url, userId: 'u' }).leads.list(query)
  query.status = 'REJECTED'
  const ids = async () => (await list.toArray({ limit: 10 })).map(({ id }) => id)
  t.same(await ids(), ['a', 'b'])
  t.same(await ids(), ['a2', 'b2'])
  t.same(
    server.requests.map(({ path }) => path),
    ['', '&cursor=x', '', '&cursor=y'].map((cursor) => `/v1/leads?status=NEW${cursor}`),
  )
})
