import t from 'tap'
import { callOperation } from '../src/call.ts'
import { readOptions } from '../src/client-options.ts'
import { CrmAuthenticationError, createCrmClient } from '../src/index.ts'
import { json, problem, startScriptedServer } from './scripted-server.ts'
import { acmeWest, startSystem, unknownId, west } from './system.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }

t.test('with a user id the calls are made as that user, each at the service that answers it', async (t) => {
  const { services } = await startSystem(t)
  const crm = createCrmClient({ services, userId: west })
  t.equal((await crm.users.me()).id, west)
  t.equal((await crm.leads.create(lead)).companyId, acmeWest)
  await t.rejects(createCrmClient({ services, userId: unknownId }).users.me(), CrmAuthenticationError)
})

t.test('at one address every call goes there, below its path', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: `${server.url}/crm/api//`, userId: west })
  await crm.users.me()
  await crm.leads.get('a/b c')
  t.same(
    server.requests.map(({ path }) => path),
    ['/crm/api/v1/users/me', '/crm/api/v1/leads/a%2Fb%20c'],
  )
})

t.test('a token is sent as a bearer token, and no user id beside it unless one is given', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  await createCrmClient({ baseUrl: server.url, accessToken: 'secret' }).users.me()
  await createCrmClient({ baseUrl: server.url, accessToken: 'secret', userId: west }).users.me()
  t.match(server.requests[0]?.headers, { authorization: 'Bearer secret', 'x-user-id': undefined })
  t.match(server.requests[1]?.headers, { authorization: 'Bearer secret', 'x-user-id': west })
})

t.test('a function gives a token for every attempt', async (t) => {
  const server = await startScriptedServer(t, problem(503, 'unavailable'), json(200, {}))
  let asked = 0
  const crm = createCrmClient({ baseUrl: server.url, accessToken: async () => `token-${++asked}` })
  await crm.users.me()
  t.same(
    server.requests.map(({ headers }) => headers.authorization),
    ['Bearer token-1', 'Bearer token-2'],
  )
})

t.test('what a function for the token throws is what the call throws', async (t) => {
  const signedOut = new Error('signed out')
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, accessToken: () => Promise.reject(signedOut) })
  const thrown = await crm.users.me().catch((error: unknown) => error)
  t.equal(thrown, signedOut)
  t.equal(server.requests.length, 0)
})

t.test('an operation that wants no credentials gets none, so that a login can give the first token', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const noToken = () => Promise.reject(new Error('there is no token yet'))
  const config = readOptions({ baseUrl: server.url, accessToken: noToken, userId: west })
  await callOperation(config, { method: 'POST', path: '/v1/auth/login', service: 'user', open: true }, { body: { email: 'a@example.com' } })
  t.match(server.requests[0], { path: '/v1/auth/login', headers: { authorization: undefined, 'x-user-id': undefined } })
})

t.test('headers of the client and of the call are sent, and do not replace what the client sets', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, userId: west, headers: { 'x-app': 'shop', traceparent: '00-a' } })
  await crm.users.me({ headers: { traceparent: '00-b', 'X-User-Id': unknownId }, requestId: 'import-1' })
  t.match(server.requests[0]?.headers, { 'x-app': 'shop', traceparent: '00-b', 'x-user-id': west, 'x-request-id': 'import-1' })
})

t.test("a fetch of one's own sends every request", async (t) => {
  const server = await startScriptedServer(t, json(200, { id: west }))
  const seen: string[] = []
  const crm = createCrmClient({
    baseUrl: server.url,
    userId: west,
    fetch: (request) => {
      seen.push(`${request.method} ${new URL(request.url).pathname}`)
      return fetch(request)
    },
  })
  await crm.users.me()
  t.same(seen, ['GET /v1/users/me'])
})

t.test('options that no client can work with are refused by name', async (t) => {
  // As JavaScript would give them.
  const create = (options: object) => () => Reflect.apply(createCrmClient, undefined, [options])
  const baseUrl = 'http://127.0.0.1:1'
  t.throws(create({ baseUrl }), { message: 'createCrmClient needs credentials, accessToken or userId' })
  t.throws(create({ userId: west }), { message: 'createCrmClient needs either baseUrl or services' })
  t.throws(create({ userId: west, baseUrl, services: {} }), { message: 'createCrmClient needs either baseUrl or services' })
  t.throws(create({ userId: west, baseUrl: '/api' }), { message: 'baseUrl is not an http or https URL: /api' })
  t.throws(create({ userId: west, services: { crm: 'localhost:8001' } }), { message: /^services\.crm is not an http or https URL/ })
  const credentials = { email: 'user@example.com', password: 'secret' }
  t.throws(create({ baseUrl, credentials, userId: west }), { message: /^createCrmClient takes credentials alone/ })
  t.throws(create({ services: { user: baseUrl }, credentials }), { message: /^credentials need baseUrl/ })
  t.throws(create({ baseUrl, credentials: { email: 'a@example.com' } }), { message: 'credentials need email and password, or neither' })
  t.throws(create({ userId: west, baseUrl, maxRetries: -1 }), { message: 'maxRetries must be a number from 0 on, not -1' })
  const crm = createCrmClient({ services: { user: baseUrl }, userId: west })
  await t.rejects(crm.leads.list(), { message: /services\.crm is missing/ })
  await t.rejects(crm.users.me({ timeoutMs: Number.NaN }), { message: 'timeoutMs must be a number from 0 on, not NaN' })
})

t.test('what cannot be an id is not sent: it would name another path', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, userId: west })
  for (const id of ['', '.', '..', String(undefined)])
    await t.rejects(crm.leads.delete(id), { name: 'TypeError', message: /^leadId is not an id/ })
  t.equal(server.requests.length, 0)
})

t.test('a header that cannot be sent is a mistake, not a lost connection', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, userId: west })
  await t.rejects(crm.leads.create(lead, { idempotencyKey: 'Köhler' }), { name: 'TypeError', message: /^idempotencyKey must be/ })
  await t.rejects(crm.leads.create(lead, { headers: { 'x-app': 'two\nlines' } }), { name: 'TypeError' })
  t.equal(server.requests.length, 0)
})
