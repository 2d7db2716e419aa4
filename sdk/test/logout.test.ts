import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { CrmUnavailableError, createCrmClient, type SessionTokens } from '../src/index.ts'
import { hangUp, held, noContent, problem } from './scripted-server.ts'
import { isAsked, own, sent, sentOperations, startApi, tokens, unauthenticated, user } from './session-api.ts'

const me = 'GET /v1/users/me'
const login = 'POST /v1/auth/login'
const refresh = 'POST /v1/auth/refresh'
const logout = 'POST /v1/auth/logout'
const nobody = { name: 'CrmAccessTokenError', message: 'There is no session: log in first.' }
const unavailable = problem(503, 'unavailable', { 'retry-after': '3600' })

for (const [name, answer] of Object.entries({ refused: unauthenticated, 'tried again': problem(503, 'unavailable') })) {
  t.test(`a call that is ${name} after a logout begins no session, and is not sent in the next one either`, async (t) => {
    for (const isNextBegun of [false, true]) {
      const late = held(answer)
      const server = await startApi(t, { login: [tokens(1), tokens(2)], logout: [noContent], others: [late.answer] })
      const crm = createCrmClient({ baseUrl: server.url, credentials: own })
      const call = crm.users.me()
      call.catch(() => {})
      await isAsked(server, me)
      await crm.logOut()
      if (isNextBegun) await crm.logIn(own)
      late.letGo()
      await t.rejects(call, nobody)
      t.strictSame(sentOperations(server), [login, me, logout, ...(isNextBegun ? [login] : [])])
    }
  })
}

t.test('a refresh that is refused after a logout is followed by no login; calls that come then share one of their own', async (t) => {
  const lateRefusal = held(problem(401, 'invalid_credentials'))
  const lateLogin = held(tokens(2))
  const server = await startApi(t, {
    login: [tokens(1, { expiresIn: 1 }), lateLogin.answer],
    refresh: [lateRefusal.answer],
    logout: [noContent],
  })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  await crm.users.me()
  const before = crm.users.me()
  before.catch(() => {})
  await isAsked(server, refresh)
  await crm.logOut()
  const after = crm.users.me()
  await isAsked(server, login, 2)
  lateRefusal.letGo()
  await t.rejects(before, { name: 'CrmAuthenticationError' })
  const last = crm.users.me()
  await crm.auth.publicKeys()
  lateLogin.letGo()
  t.match(await Promise.all([after, last]), [user, user])
  t.strictSame(sent(server).slice(2), [
    [refresh, { refreshToken: 'refresh-1' }],
    [logout, { refreshToken: 'refresh-1' }],
    [login, own],
    ['GET /.well-known/jwks.json', ''],
    [me, 'Bearer access-2'],
    [me, 'Bearer access-2'],
  ])
})

t.test('a call that waits while another session begins goes on in that one, once it is kept, but not after a logout', async (t) => {
  for (const isLoggedOut of [false, true]) {
    const late = held(tokens(3))
    const keeping = Promise.withResolvers<void>()
    const told: unknown[] = []
    const onTokens = async (now: SessionTokens | undefined) => {
      told.push(now?.accessToken)
      if (now?.accessToken === 'access-2') await keeping.promise
    }
    const server = await startApi(t, { login: [tokens(1, { expiresIn: 1 }), tokens(2)], refresh: [late.answer], logout: [noContent] })
    const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens } })
    await crm.logIn(own)
    const call = crm.users.me()
    call.catch(() => {})
    await isAsked(server, refresh)
    if (isLoggedOut) await crm.logOut()
    const beginning = crm.logIn(own)
    await until(() => told.includes('access-2'), { timeoutMs: 10_000, what: 'the next session' })
    late.letGo()
    for (let trips = 0; trips < 3; trips++) await crm.auth.publicKeys()
    t.notOk(sentOperations(server).includes(me), 'nothing is sent by what is not kept')
    keeping.resolve()
    await beginning
    if (isLoggedOut) await t.rejects(call, nobody)
    else t.match(await call, user)
    const calls = sent(server).filter(([operation]) => operation === me)
    t.strictSame(calls, isLoggedOut ? [] : [[me, 'Bearer access-2']])
  }
})

t.test('the end of a session that could not be kept is followed by no login when there was a logout meanwhile', async (t) => {
  const keeping = Promise.withResolvers<void>()
  const ends: unknown[] = []
  const onTokens = async (now: unknown) => {
    if (now === undefined && ends.push(now) === 1) await keeping.promise
  }
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 1 })], refresh: [problem(401, 'invalid_credentials')] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: { ...own, onTokens } })
  await crm.users.me()
  const call = crm.users.me()
  call.catch(() => {})
  await until(() => ends.length === 1, { timeoutMs: 10_000, what: 'the end is told' })
  const loggingOut = crm.logOut()
  keeping.resolve()
  await loggingOut
  await t.rejects(call, nobody)
  t.strictSame(sentOperations(server), [login, me, refresh])
})

t.test('a session that a logout overtakes while it begins is ended', async (t) => {
  for (const credentials of [{}, own]) {
    const late = held(tokens(1))
    const server = await startApi(t, { login: [late.answer], logout: [noContent] })
    const crm = createCrmClient({ baseUrl: server.url, credentials })
    const beginning = credentials === own ? crm.users.me() : crm.logIn(own)
    beginning.catch(() => {})
    await isAsked(server, login)
    await crm.logOut()
    late.letGo()
    await t.rejects(beginning, nobody)
    t.strictSame(sent(server), [
      [login, own],
      [logout, { refreshToken: 'refresh-1' }],
    ])
  }
})

t.test('a login and a logout that find no server for a moment are sent again', async (t) => {
  const passing = problem(503, 'unavailable')
  const server = await startApi(t, { login: [passing, hangUp, tokens(1)], logout: [hangUp, passing, noContent] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
  t.match(await crm.logIn(own), user)
  await crm.logOut()
  t.strictSame(sent(server), [
    ...Array.from({ length: 3 }, () => [login, own]),
    ...Array.from({ length: 3 }, () => [logout, { refreshToken: 'refresh-1' }]),
  ])
})

t.test('a logout that failed can be repeated until the server knows; its tokens are used for nothing else', async (t) => {
  const server = await startApi(t, { login: [tokens(1), tokens(2)], logout: [unavailable, unavailable, noContent] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
  await crm.logIn(own)
  await t.rejects(crm.logOut(), CrmUnavailableError)
  await t.rejects(crm.users.me(), nobody)
  await t.rejects(crm.logOut(), CrmUnavailableError)
  await crm.logIn(own)
  await crm.logOut()
  const before = server.requests.length
  await crm.logOut()
  t.equal(server.requests.length, before, 'there is nothing to end any more')
  const [first, second] = [1, 2].map((nth) => [logout, { refreshToken: `refresh-${nth}` }])
  t.strictSame(sent(server), [[login, own], first, first, [login, own], first, second], 'those of both sessions')
})

t.test("a page's cookie, too, is only there to be logged out once that has failed, or until the next login", async (t) => {
  const inCookie = { refreshToken: null }
  const server = await startApi(t, {
    login: [tokens(1, inCookie), tokens(2, { ...inCookie, expiresIn: 1 })],
    refresh: [tokens(3, inCookie)],
    logout: [unavailable, noContent],
  })
  const crm = createCrmClient({ baseUrl: server.url, credentials: { session: 'cookie' } })
  await crm.logIn(own)
  await t.rejects(crm.logOut(), CrmUnavailableError)
  await t.rejects(crm.users.me(), nobody)
  await crm.logIn(own)
  await crm.users.me()
  await crm.logOut()
  const inPage = { ...own, session: 'cookie' }
  t.strictSame(sent(server), [
    [login, inPage],
    [logout, {}],
    [login, inPage],
    [refresh, {}],
    [me, 'Bearer access-3'],
    [logout, {}],
  ])
})
