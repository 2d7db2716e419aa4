import t, { type Test } from 'tap'
import { CrmAuthenticationError, CrmRateLimitError, CrmUnavailableError, createCrmClient, type SessionTokens } from '../src/index.ts'
import { hangUp, json, problem, type ScriptedServer, type Step, startScriptedServer } from './scripted-server.ts'

const own = { email: 'user.west@crm.com', password: 'west123' }
const user = { id: '01980000-0000-7000-8000-00000000a004' }
const tokens = (nth: number, { expiresIn = 900, refreshToken = `refresh-${nth}` as string | null } = {}) =>
  json(200, { accessToken: `access-${nth}`, refreshToken, expiresIn, user })

interface Api {
  login?: Step[]
  refresh?: Step[]
  logout?: Step[]
  /** Any other operation. */
  others?: Step[]
}

/** A server that answers each operation by steps of its own, the last of them from then on. */
async function startApi(t: Test, { login = [], refresh = [], logout = [], others = [json(200, user)] }: Api): Promise<ScriptedServer> {
  const steps: Record<string, Step[]> = { '/v1/auth/login': login, '/v1/auth/refresh': refresh, '/v1/auth/logout': logout }
  const counts: Record<string, number> = {}
  return startScriptedServer(t, (response, request) => {
    const key = request.path in steps ? request.path : 'others'
    const own = steps[key] ?? others
    const nth = (counts[key] ?? 0) + 1
    counts[key] = nth
    return (own[Math.min(nth, own.length) - 1] ?? problem(500, 'internal_error'))(response, request)
  })
}

const sent = ({ requests }: ScriptedServer) =>
  requests.map(({ method, path, headers, body }) => [`${method} ${path}`, headers.authorization ?? (body === '' ? '' : JSON.parse(body))])
const unauthenticated = problem(401, 'unauthenticated')
const refused = problem(401, 'invalid_credentials')
const me = 'GET /v1/users/me'

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
  t.strictSame(
    sent(server).map(([what]) => what),
    ['POST /v1/auth/login', me, 'POST /v1/auth/refresh', me],
  )
})

t.test('a session that has ended is begun anew by email and password', async (t) => {
  const server = await startApi(t, { login: [tokens(1), tokens(2)], refresh: [refused], others: [unauthenticated, json(200, user)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  t.match(await crm.users.me(), user)
  t.strictSame(
    sent(server).map(([what]) => what),
    ['POST /v1/auth/login', me, 'POST /v1/auth/refresh', 'POST /v1/auth/login', me],
  )
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer access-2')
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
  t.strictSame(
    sent(passing).map(([what]) => what),
    [...Array.from({ length: 3 }, () => 'POST /v1/auth/login'), 'POST /v1/companies/resolve'],
  )
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
  t.equal(sent(server).filter(([what]) => what === 'POST /v1/auth/login').length, 1)
})

t.test('tokens are told before they are used, and a session goes on from those that were kept', async (t) => {
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 10 })], refresh: [tokens(2, { expiresIn: 10 }), tokens(3), refused] })
  const kept: (SessionTokens | undefined)[] = []
  const onTokens = async (now: SessionTokens | undefined) => {
    t.equal(sent(server).at(-1)?.[0]?.startsWith('POST /v1/auth/'), true, 'no call has used them')
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

t.test('what keeps the tokens may fail: the call says so', async (t) => {
  const server = await startApi(t, { login: [tokens(1)] })
  const full = new Error('disk full')
  const crm = createCrmClient({ baseUrl: server.url, credentials: { ...own, onTokens: () => Promise.reject(full) } })
  t.equal(await crm.users.me().catch((error: unknown) => error), full)
})

t.test('logging out ends the session at the server and here, also when the server cannot be told', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], logout: [json(204, undefined), problem(503, 'unavailable')] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
  await t.rejects(crm.users.me(), { name: 'CrmError', message: 'There is no session: log in first.' })
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
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 10 })], refresh: [late], logout: [json(204, undefined)] })
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
    logout: [json(204, undefined)],
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
