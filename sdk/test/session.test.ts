import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import {
  CrmAccessTokenError,
  CrmAuthenticationError,
  CrmRateLimitError,
  CrmUnavailableError,
  createCrmClient,
  type SessionTokens,
} from '../src/index.ts'
import { hangUp, json, noContent, problem, type Step } from './scripted-server.ts'
import { own, refused, sent, sentOperations, startApi, tokens, user } from './session-api.ts'

const me = 'GET /v1/users/me'
const raise = (error: Error) => {
  throw error
}

t.test('the first call logs in, and those that come meanwhile wait for it', async (t) => {
  const server = await startApi(t, { login: [tokens(1)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  t.equal(server.requests.length, 0, 'nothing is sent before it')
  await Promise.all(Array.from({ length: 5 }, () => crm.users.me()))
  await crm.users.me()
  t.strictSame(sent(server), [['POST /v1/auth/login', own], ...Array.from({ length: 6 }, () => [me, 'Bearer access-1'])])
})

t.test('a token that is about to end is refreshed before it is used, once for many calls', async (t) => {
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 10 })], refresh: [tokens(2)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  await crm.users.me()
  await Promise.all(Array.from({ length: 20 }, () => crm.users.me()))
  const [, , ...later] = sent(server)
  t.strictSame(later, [
    ['POST /v1/auth/refresh', { refreshToken: 'refresh-1' }],
    ...Array.from({ length: 20 }, () => [me, 'Bearer access-2']),
  ])
})

t.test('a password that was refused is not tried again by itself; another may be', async (t) => {
  const server = await startApi(t, { login: [refused, tokens(2)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  for (let call = 0; call < 3; call++) {
    await t.rejects(crm.users.me(), { name: 'CrmAuthenticationError', code: 'invalid_credentials' })
  }
  t.equal(server.requests.length, 1)
  t.match(await crm.logIn({ ...own, password: 'other' }), user)
  await crm.users.me()
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer access-2')
})

t.test('a login that fails for a while is tried again within the call, whatever the call is; a longer wait is told', async (t) => {
  const passing = await startApi(t, { login: [problem(503, 'unavailable'), hangUp, tokens(1)] })
  const crm = createCrmClient({ baseUrl: passing.url, credentials: own })
  await crm.companies.resolve({ ids: [] })
  t.strictSame(sentOperations(passing), [...Array.from({ length: 3 }, () => 'POST /v1/auth/login'), 'POST /v1/companies/resolve'])
  const slowed = await startApi(t, { login: [problem(429, 'rate_limited', { 'retry-after': '60' })] })
  await t.rejects(createCrmClient({ baseUrl: slowed.url, credentials: own }).users.me(), CrmRateLimitError)
  t.equal(slowed.requests.length, 1)
})

t.test('a refresh that finds no server keeps the session, for the next call', async (t) => {
  const refresh = [problem(503, 'unavailable'), tokens(2)]
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 1 })], refresh })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own, maxRetries: 0 })
  await crm.users.me()
  await t.rejects(crm.users.me(), CrmUnavailableError)
  await crm.users.me()
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer access-2')
  t.equal(sentOperations(server).filter((operation) => operation === 'POST /v1/auth/login').length, 1)
})

t.test('tokens are told before they are used, and a session goes on from those that were kept', async (t) => {
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 10 })], refresh: [tokens(2, { expiresIn: 10 }), tokens(3), refused] })
  const kept: (SessionTokens | undefined)[] = []
  const onTokens = async (now: SessionTokens | undefined) => {
    t.equal(sentOperations(server).at(-1)?.startsWith('POST /v1/auth/'), true, 'no call has used them')
    await new Promise(setImmediate)
    kept.push(now)
  }
  const crm = createCrmClient({ baseUrl: server.url, credentials: { ...own, onTokens } })
  await crm.users.me()
  await crm.users.me()
  t.match(kept, [{ accessToken: 'access-1' }, { accessToken: 'access-2', refreshToken: 'refresh-2', expiresAt: Number }])
  const resumed = createCrmClient({ baseUrl: server.url, credentials: { tokens: kept.at(-1), onTokens } })
  await resumed.users.me()
  t.strictSame(sent(server).slice(-2), [
    ['POST /v1/auth/refresh', { refreshToken: 'refresh-2' }],
    [me, 'Bearer access-3'],
  ])
  const expired = createCrmClient({
    baseUrl: server.url,
    credentials: { tokens: { accessToken: 'a', refreshToken: 'r', expiresAt: 0 }, onTokens },
  })
  await t.rejects(expired.users.me(), { name: 'CrmAuthenticationError', code: 'invalid_credentials' })
  t.equal(kept.at(-1), undefined, 'the end is told too')
  const before = server.requests.length
  await t.rejects(expired.users.me(), CrmAuthenticationError)
  t.equal(server.requests.length, before, 'and not asked about again')
})

t.test('what keeps the tokens may fail: the call says so and is not done, and a logout is made all the same', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], logout: [noContent] })
  const full = new Error('disk full')
  const failure = { name: 'CrmAccessTokenError', message: 'onTokens failed: disk full', cause: full }
  for (const onTokens of [() => Promise.reject(full), () => raise(full)]) {
    const crm = createCrmClient({ baseUrl: server.url, credentials: { ...own, onTokens } })
    await t.rejects(crm.users.me(), failure)
    await t.rejects(crm.logIn(own), failure)
    t.notOk(sentOperations(server).includes(me))
    await t.rejects(crm.logOut(), failure)
    t.equal(sentOperations(server).at(-1), 'POST /v1/auth/logout')
  }
})

t.test('tokens, or their end, that could not be told are told before the next call uses them', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], logout: [noContent] })
  const told: unknown[] = []
  let isFull = true
  const onTokens = (now: SessionTokens | undefined) => {
    told.push(now?.accessToken)
    if (isFull) throw new Error('disk full')
  }
  const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens } })
  const failure = { name: 'CrmAccessTokenError', message: 'onTokens failed: disk full' }
  await t.rejects(crm.logIn(own), failure)
  await t.rejects(crm.users.me(), failure)
  t.strictSame(sentOperations(server), ['POST /v1/auth/login'], 'nothing is sent by them')
  isFull = false
  await Promise.all([crm.users.me(), crm.users.me()])
  t.strictSame(sent(server).slice(1), [
    [me, 'Bearer access-1'],
    [me, 'Bearer access-1'],
  ])
  await crm.users.me()
  t.strictSame(told, ['access-1', 'access-1', 'access-1'], 'once for many calls, and not again')
  isFull = true
  await t.rejects(crm.logOut(), failure)
  isFull = false
  await crm.logOut()
  t.strictSame(told.slice(3), [undefined, undefined])
})

t.test('tokens that are being kept are given to nobody before they are', async (t) => {
  const server = await startApi(t, { login: [tokens(1)] })
  const keeping = Promise.withResolvers<void>()
  let told = 0
  const onTokens = async () => {
    told++
    await keeping.promise
  }
  const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens } })
  const loggingIn = crm.logIn(own)
  await until(() => told === 1, { timeoutMs: 10_000, what: 'the tokens are told' })
  const call = crm.users.me()
  const other = crm.users.me()
  await crm.auth.publicKeys()
  t.strictSame(sentOperations(server), ['POST /v1/auth/login', 'GET /.well-known/jwks.json'], 'only what needs none is sent')
  keeping.resolve()
  await Promise.all([loggingIn, call, other])
  t.equal(told, 1)
})

t.test('a login or refresh that gives no token is told as that, and nothing is sent without one', async (t) => {
  const server = await startApi(t, { login: [json(200, {})] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  await t.rejects(crm.users.me(), CrmAccessTokenError)
  t.strictSame(sent(server), [['POST /v1/auth/login', own]])
})

t.test('logging out ends the session at the server and here, also when the server cannot be told', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], logout: [noContent, problem(503, 'unavailable')] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
  await t.rejects(crm.users.me(), { name: 'CrmAccessTokenError', message: 'There is no session: log in first.' })
  t.equal(server.requests.length, 0)
  await crm.logOut()
  t.equal(server.requests.length, 0, 'there was none to end')
  await crm.logIn(own)
  await crm.users.me()
  await crm.logOut()
  t.strictSame(sent(server).at(-1), ['POST /v1/auth/logout', { refreshToken: 'refresh-1' }])
  await t.rejects(crm.users.me(), { message: 'There is no session: log in first.' })
  await crm.logIn(own)
  await t.rejects(crm.logOut(), CrmUnavailableError)
  await t.rejects(crm.users.me(), { message: 'There is no session: log in first.' })
})

t.test('what was asked for before a logout begins no session after it', async (t) => {
  const release = Promise.withResolvers<void>()
  const late: Step = async (response, request) => {
    await release.promise
    return tokens(2)(response, request)
  }
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 10 })], refresh: [late], logout: [noContent] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
  await crm.logIn(own)
  const waiting = crm.users.me()
  waiting.catch(() => {})
  await crm.logOut()
  release.resolve()
  await t.rejects(waiting, { message: 'There is no session: log in first.' })
  await t.rejects(crm.users.me(), { message: 'There is no session: log in first.' })
})

t.test("a browser's session has its refresh token in a cookie, which the page never sees", async (t) => {
  const inCookie = { refreshToken: null }
  const server = await startApi(t, {
    login: [tokens(1, { ...inCookie, expiresIn: 10 })],
    refresh: [refused, tokens(2, inCookie)],
    logout: [noContent],
  })
  const crm = createCrmClient({ baseUrl: server.url, credentials: { session: 'cookie' } })
  await t.rejects(crm.users.me(), { name: 'CrmAuthenticationError', code: 'invalid_credentials' }, 'nobody has logged in yet')
  await crm.logIn(own)
  await crm.users.me()
  await crm.logOut()
  t.strictSame(sent(server), [
    ['POST /v1/auth/refresh', {}],
    ['POST /v1/auth/login', { ...own, session: 'cookie' }],
    ['POST /v1/auth/refresh', {}],
    [me, 'Bearer access-2'],
    ['POST /v1/auth/logout', {}],
  ])
})
