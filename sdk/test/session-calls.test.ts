import t from 'tap'
import { CrmAuthenticationError, createCrmClient } from '../src/index.ts'
import { hangUp, json, problem, type Step } from './scripted-server.ts'
import { own, refused, sent, sentOperations, startApi, tokens, unauthenticated, user } from './session-api.ts'

const me = 'GET /v1/users/me'

t.test('calls that are refused together refresh once, and each is sent once more, writes too', async (t) => {
  let isEnded = false
  const onlyNew: Step = (response, request) =>
    (isEnded && request.headers.authorization === 'Bearer access-1' ? unauthenticated : json(200, user))(response, request)
  const server = await startApi(t, { login: [tokens(1)], refresh: [tokens(2)], others: [onlyNew] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own, maxRetries: 0 })
  await crm.users.me()
  isEnded = true
  const resolve = () => crm.companies.resolve({ ids: [] })
  await Promise.all([...Array.from({ length: 10 }, () => crm.users.me()), resolve()])
  const counts = Object.groupBy(sent(server), ([what]) => String(what))
  t.equal(counts['POST /v1/auth/refresh']?.length, 1)
  t.equal(counts['POST /v1/auth/login']?.length, 1)
  t.equal(counts['POST /v1/companies/resolve']?.length, 2)
})

t.test('what is refused with a new token too is the typed error, and is not tried again', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], refresh: [tokens(2)], others: [unauthenticated] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  const error = await crm.users.me().catch((thrown: unknown) => thrown)
  t.ok(error instanceof CrmAuthenticationError)
  t.match(error, { status: 401, code: 'unauthenticated' })
  t.strictSame(sentOperations(server), ['POST /v1/auth/login', me, 'POST /v1/auth/refresh', me])
})

t.test('a wrong password that a call names is refused once: another token would not help', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], others: [refused] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  const change = crm.users.changePassword({ currentPassword: 'wrong', newPassword: 'something longer' })
  await t.rejects(change, { name: 'CrmAuthenticationError', code: 'invalid_credentials' })
  t.strictSame(sentOperations(server), ['POST /v1/auth/login', 'PUT /v1/users/me/password'])
})

t.test(
  'what was refused may wait for the new token as long as the call may take, since it is not done; once it is sent it may not',
  async (t) => {
    const server = await startApi(t, {
      login: [tokens(1)],
      refresh: [problem(503, 'unavailable', { 'retry-after': '0' }), tokens(2)],
      others: [unauthenticated, unauthenticated, hangUp],
    })
    const crm = createCrmClient({ baseUrl: server.url, credentials: own })
    const change = { currentPassword: 'west123', newPassword: 'something longer' }
    await t.rejects(crm.users.changePassword(change), { name: 'CrmConnectionError' })
    const put = 'PUT /v1/users/me/password'
    t.strictSame(
      sent(server).map(([operation, token]) => (operation === put ? token : operation)),
      ['POST /v1/auth/login', 'Bearer access-1', 'POST /v1/auth/refresh', 'Bearer access-1', 'POST /v1/auth/refresh', 'Bearer access-2'],
    )
  },
)

t.test('a call that was given up sends nothing when its token comes at last', async (t) => {
  const release = Promise.withResolvers<void>()
  const late: Step = async (response, request) => {
    await release.promise
    return tokens(1)(response, request)
  }
  const server = await startApi(t, { login: [late] })
  let told: () => void = () => {}
  const isTold = new Promise<void>((resolve) => {
    told = resolve
  })
  // A fetch that heeds no signal.
  const heedless = (request: Request) => fetch(new Request(request.url, { method: request.method }))
  const crm = createCrmClient({ baseUrl: server.url, credentials: { ...own, onTokens: () => told() }, fetch: heedless })
  await t.rejects(crm.users.me({ timeoutMs: 50 }), { name: 'CrmTimeoutError' })
  release.resolve()
  await isTold
  await crm.companies.get('c')
  t.strictSame(sentOperations(server), ['POST /v1/auth/login', 'GET /v1/companies/c'])
})

t.test('a session that has ended is begun anew by email and password', async (t) => {
  const server = await startApi(t, { login: [tokens(1), tokens(2)], refresh: [refused], others: [unauthenticated, json(200, user)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  t.match(await crm.users.me(), user)
  t.strictSame(sentOperations(server), ['POST /v1/auth/login', me, 'POST /v1/auth/refresh', 'POST /v1/auth/login', me])
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer access-2')
})
