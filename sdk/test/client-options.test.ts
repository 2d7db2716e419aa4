import t from 'tap'
import { CrmAccessTokenError, type CrmClientOptions, CrmError, createCrmClient } from '../src/index.ts'
import { hangUp, json, noContent, problem, startScriptedServer } from './scripted-server.ts'
import { sendOperation } from './send-operation.ts'

const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: 'c' }

t.test('at one address every call goes there, below its path', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: `${server.url}/crm/api//`, userId: 'u' })
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
  await createCrmClient({ baseUrl: server.url, accessToken: 'secret', userId: 'u' }).users.me()
  t.match(server.requests[0]?.headers, { authorization: 'Bearer secret', 'x-user-id': undefined })
  t.match(server.requests[1]?.headers, { authorization: 'Bearer secret', 'x-user-id': 'u' })
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

t.test('a function is asked once more when its token is refused, and the call sent again when it has another', async (t) => {
  const refused = problem(401, 'unauthenticated')
  const tokensSent = async (accessToken: string | (() => string)) => {
    const server = await startScriptedServer(t, refused, noContent)
    const crm = createCrmClient({ baseUrl: server.url, accessToken, maxRetries: 0 })
    const call = crm.users.setPassword('u', { newPassword: 'something longer' })
    const code = await call.catch((error: CrmError) => error.code ?? error.name)
    return [code, ...server.requests.map(({ headers }) => headers.authorization)]
  }
  let asked = 0
  t.strictSame(await tokensSent(() => `token-${++asked}`), [undefined, 'Bearer token-1', 'Bearer token-2'])
  t.strictSame(await tokensSent(() => 'only-one'), ['unauthenticated', 'Bearer only-one'])
  t.strictSame(await tokensSent('only-one'), ['unauthenticated', 'Bearer only-one'])
  const server = await startScriptedServer(t, refused)
  const crm = createCrmClient({ baseUrl: server.url, accessToken: () => `token-${++asked}` })
  await t.rejects(crm.users.me(), { name: 'CrmAuthenticationError', status: 401 })
  t.equal(server.requests.length, 2, 'once')
})

t.test('a token that cannot be had is a CrmError with its cause, and nothing is sent', async (t) => {
  const signedOut = new Error('signed out')
  const server = await startScriptedServer(t, json(200, {}))
  const failureOf = async (accessToken: () => unknown) => {
    // As JavaScript would give it.
    const crm: ReturnType<typeof createCrmClient> = Reflect.apply(createCrmClient, undefined, [{ baseUrl: server.url, accessToken }])
    return await crm.users.me().catch((error: unknown) => error)
  }
  const rejected = await failureOf(() => Promise.reject(signedOut))
  t.ok(rejected instanceof CrmAccessTokenError && rejected instanceof CrmError)
  t.match(rejected, { message: 'accessToken failed: signed out', cause: signedOut, status: undefined, response: undefined })
  const thrown = await failureOf(() => {
    throw signedOut
  })
  t.match(thrown, { name: 'CrmAccessTokenError', cause: signedOut })
  for (const none of ['', 'two\nlines', undefined, null, {}]) {
    const error = await failureOf(() => none)
    t.ok(error instanceof CrmAccessTokenError, JSON.stringify(none))
  }
  t.equal(server.requests.length, 0)
})

t.test('a function that fails by what may pass, such as a call of its own, is asked again; by anything else it is not', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const failures = (await startScriptedServer(t, problem(503, 'unavailable', { 'retry-after': '0' }), hangUp, problem(404, 'not_found')))
    .url
  const tokens = createCrmClient({ baseUrl: failures, userId: 'u', maxRetries: 0 })
  let asked = 0
  const accessToken = async () => (++asked < 3 ? (await tokens.users.me()).id : 'token')
  await sendOperation({ baseUrl: server.url, accessToken }, { method: 'POST' })
  t.equal(asked, 3)
  t.equal(server.requests.length, 1)
  await t.rejects(createCrmClient({ baseUrl: server.url, accessToken: () => tokens.users.me().then(String) }).users.me(), {
    name: 'CrmAccessTokenError',
    cause: { name: 'CrmNotFoundError' },
  })
  const patience = await startScriptedServer(t, problem(429, 'rate_limited', { 'retry-after': '3600' }))
  const limited = createCrmClient({ baseUrl: patience.url, userId: 'u' })
  const error = await createCrmClient({ baseUrl: server.url, accessToken: () => limited.users.me().then(String) })
    .users.me()
    .catch((thrown: unknown) => thrown)
  t.match(error, { name: 'CrmAccessTokenError', cause: { name: 'CrmRateLimitError' } })
  t.equal(patience.requests.length, 1, 'nor when the wait that was asked for is too long')
})

t.test('an operation that wants no credentials gets none, so that a login can give the first token', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const accessToken = () => Promise.reject(new Error('there is no token yet'))
  await sendOperation({ baseUrl: server.url, accessToken, userId: 'u' }, { path: '/v1/auth/login', isPublic: true })
  t.match(server.requests[0], { path: '/v1/auth/login', headers: { authorization: undefined, 'x-user-id': undefined } })
})

t.test('headers of the client and of the call are sent, those of the call where both name one, in any case', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u', headers: { 'X-App': 'shop', TraceParent: '00-a' } })
  await crm.users.me({ headers: { traceparent: '00-b' }, requestId: 'import-1' })
  t.match(server.requests[0]?.headers, { 'x-app': 'shop', traceparent: '00-b', 'x-user-id': 'u', 'x-request-id': 'import-1' })
  t.equal(server.requests[0]?.headers.traceparent, '00-b')
})

const ownHeaders = {
  'Idempotency-Key': 'idempotencyKey',
  'If-Match': 'ifMatch',
  'X-Request-Id': 'requestId',
  Authorization: 'accessToken',
  'X-User-Id': 'userId',
  'Content-Type': 'JSON',
  Accept: 'JSON',
}

for (const [name, option] of Object.entries(ownHeaders)) {
  t.test(
    `the header ${name} is refused in any case, for the client and for a call, with the name of its option: it would be lost`,
    async (t) => {
      const server = await startScriptedServer(t, json(200, {}))
      const client = { baseUrl: server.url, userId: 'u' }
      const crm = createCrmClient(client)
      for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
        const headers = { [written]: '"1"' }
        const refusal = { name: 'TypeError', message: new RegExp(`^The header ${name.toLowerCase()} .*${option}`) }
        t.throws(() => createCrmClient({ ...client, headers }), refusal)
        await t.rejects(crm.leads.update('a', { name: 'Leo' }, { headers }), refusal)
        await t.rejects(crm.users.me({ headers }), refusal)
      }
      t.equal(server.requests.length, 0)
    },
  )
}

t.test("a fetch of one's own sends every request", async (t) => {
  const server = await startScriptedServer(t, json(200, { id: 'u' }))
  const seen: string[] = []
  const crm = createCrmClient({
    baseUrl: server.url,
    userId: 'u',
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
  for (const userId of ['', ' ', 5, null]) t.throws(create({ baseUrl, userId }), { name: 'TypeError', message: 'userId is no id' })
  for (const accessToken of ['', 'two words', 5, null])
    t.throws(create({ baseUrl, accessToken }), { name: 'TypeError', message: 'accessToken is no token' })
  t.throws(create({ userId: 'u' }), { message: 'createCrmClient needs either baseUrl or services' })
  t.throws(create({ userId: 'u', baseUrl, services: {} }), { message: 'createCrmClient needs either baseUrl or services' })
  t.throws(create({ userId: 'u', baseUrl: '/api' }), { message: 'baseUrl is not an http or https URL: /api' })
  t.throws(create({ userId: 'u', services: { crm: 'localhost:8001' } }), { message: /^services\.crm is not an http or https URL/ })
  for (const maxRetries of [-1, null, '2', Number.NaN])
    t.throws(create({ userId: 'u', baseUrl, maxRetries }), { message: `maxRetries must be a number from 0 on, not ${maxRetries}` })
  const crm = createCrmClient({ services: { user: baseUrl }, userId: 'u' })
  await t.rejects(crm.leads.list(), { message: /services\.crm is missing/ })
  await t.rejects(crm.users.me({ timeoutMs: Number.NaN }), { message: 'timeoutMs must be a number from 0 on, not NaN' })
})

t.test('credentials that no client can log in with are refused by name', async (t) => {
  // As JavaScript would give them.
  const create = (options: object) => () => Reflect.apply(createCrmClient, undefined, [options])
  const baseUrl = 'http://127.0.0.1:1'
  const credentials = { email: 'user@example.com', password: 'secret' }
  for (const other of [{ userId: 'u' }, { accessToken: 'token' }])
    t.throws(create({ baseUrl, credentials, ...other }), { name: 'TypeError', message: /^createCrmClient takes credentials alone/ })
  t.throws(create({ services: { user: baseUrl }, credentials }), { name: 'TypeError', message: /^credentials need baseUrl/ })
  const refusals: [unknown, string][] = [
    ['secret', 'credentials must be an object'],
    [null, 'credentials must be an object'],
    [{ email: 'a@example.com' }, 'credentials need email and password, or neither'],
    [{ password: 'secret' }, 'credentials need email and password, or neither'],
    [{ session: 'local' }, "credentials.session must be 'token' or 'cookie'"],
    [{ tokens: null }, 'credentials.tokens are not the tokens of a session'],
    [{ tokens: { accessToken: 'two words' } }, 'credentials.tokens are not the tokens of a session'],
    [{ onTokens: {} }, 'credentials.onTokens must be a function'],
  ]
  for (const [wrong, message] of refusals) t.throws(create({ baseUrl, credentials: wrong }), { name: 'TypeError', message })
  t.doesNotThrow(create({ baseUrl, credentials: { email: undefined, password: undefined, tokens: undefined } }))
})

t.test('options that are put together at run time are taken', async (t) => {
  const server = await startScriptedServer(t, json(200, { version: 1 }))
  const given: { token: string | undefined; user: string | undefined } = { token: undefined, user: undefined }
  const options: CrmClientOptions = { services: { crm: server.url, user: given.user }, userId: 'u', accessToken: given.token }
  const crm = createCrmClient(options)
  await crm.leads.update('a', { name: given.user, status: 'CONTACTED' }, { ifMatch: undefined, onConflict: undefined })
  t.same(JSON.parse(server.requests[0]?.body ?? ''), { status: 'CONTACTED' })
  await t.rejects(crm.users.me(), { message: /services\.user is missing/ })
})

t.test('what cannot be an id is not sent: it would name another path', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  for (const id of ['', '.', '..', String(undefined)])
    await t.rejects(crm.leads.delete(id), { name: 'TypeError', message: /^leadId is not an id/ })
  t.equal(server.requests.length, 0)
})

t.test('a header that cannot be sent is a mistake, not a lost connection', async (t) => {
  const server = await startScriptedServer(t, json(200, {}))
  const crm = createCrmClient({ baseUrl: server.url, userId: 'u' })
  await t.rejects(crm.leads.create(lead, { idempotencyKey: 'Köhler' }), { name: 'TypeError', message: /^idempotencyKey must be/ })
  await t.rejects(crm.leads.create(lead, { headers: { 'x-app': 'two\nlines' } }), { name: 'TypeError' })
  t.equal(server.requests.length, 0)
})
