import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { createCrmClient, type SessionTokens } from '../src/index.ts'
import { noContent } from './scripted-server.ts'
import { isAsked, own, sent, sentOperations, startApi, tokens, user } from './session-api.ts'

const login = 'POST /v1/auth/login'
const me = 'GET /v1/users/me'
const logout = 'POST /v1/auth/logout'
const nobody = { name: 'CrmAccessTokenError', message: 'There is no session: log in first.' }

/** What keeps tokens; its nth writes may be slow, until they are let go, or fail. */
function slowStore({ slow = 1, failing = 0 } = {}) {
  const begun: (string | undefined)[] = []
  const kept: (string | undefined)[] = []
  const { promise, resolve: letGo } = Promise.withResolvers<void>()
  const onTokens = async (now: SessionTokens | undefined) => {
    const nth = begun.push(now?.accessToken)
    if (nth === slow) await promise
    if (nth === failing) throw new Error('disk full')
    kept.push(now?.accessToken)
  }
  const isBegun = (times: number) => until(() => begun.length >= times, { timeoutMs: 10_000, what: `telling ${times}` })
  return { onTokens, begun, kept, isBegun, letGo }
}

t.test('a store that is slow holds the tokens of the last login in the end, or none after a logout', async (t) => {
  for (const isLoggedOut of [false, true]) {
    const store = slowStore()
    const server = await startApi(t, { login: [tokens(1), tokens(2)], logout: [noContent] })
    const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens: store.onTokens } })
    const first = crm.logIn(own).catch((error: unknown) => error)
    await store.isBegun(1)
    const then = isLoggedOut ? crm.logOut() : crm.logIn(own)
    if (!isLoggedOut) await isAsked(server, login, 2)
    for (let trips = 0; trips < 3; trips++) await crm.auth.publicKeys()
    t.strictSame(store.begun, ['access-1'], 'one telling waits for the other')
    store.letGo()
    await then
    t.strictSame(store.kept, ['access-1', isLoggedOut ? undefined : 'access-2'])
    t.match(await first, isLoggedOut ? nobody : user)
  }
})

t.test('a refresh that is being kept when there is a logout is not written back after it', async (t) => {
  const store = slowStore({ slow: 2 })
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 1 })], refresh: [tokens(2)], logout: [noContent] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens: store.onTokens } })
  await crm.logIn(own)
  const call = crm.users.me()
  call.catch(() => {})
  await store.isBegun(2)
  const loggingOut = crm.logOut()
  await crm.auth.publicKeys()
  t.equal(store.begun.length, 2)
  store.letGo()
  await loggingOut
  await t.rejects(call, nobody)
  t.strictSame(store.kept, ['access-1', 'access-2', undefined])
  t.notOk(sentOperations(server).includes(me))
})

t.test('of what changed while something was told only the newest is told, also when that one failed', async (t) => {
  for (const failing of [0, 1]) {
    const store = slowStore({ failing })
    const server = await startApi(t, { login: [tokens(1), tokens(2), tokens(3)] })
    const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens: store.onTokens } })
    const first = crm.logIn(own)
    first.catch(() => {})
    await store.isBegun(1)
    const second = crm.logIn(own)
    await isAsked(server, login, 2)
    await crm.auth.publicKeys()
    const third = crm.logIn(own)
    await isAsked(server, login, 3)
    await crm.auth.publicKeys()
    store.letGo()
    if (failing) await t.rejects(first, { message: 'onTokens failed: disk full' })
    else t.match(await first, user)
    t.match(await Promise.all([second, third]), [user, user])
    t.strictSame(store.begun, ['access-1', 'access-3'])
    await crm.users.me()
    t.strictSame(sent(server).at(-1), [me, 'Bearer access-3'])
    t.equal(store.begun.length, 2)
  }
})

t.test('a call that waits until tokens are told is sent by none that came meanwhile before they are told, too', async (t) => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let told = 0
  const isTold = (times: number) => until(() => told >= times, { timeoutMs: 10_000, what: `telling ${times}` })
  const onTokens = () => gates[told++]?.promise
  const server = await startApi(t, { login: [tokens(1), tokens(2)] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens } })
  const first = crm.logIn(own)
  await isTold(1)
  const call = crm.users.me()
  const second = crm.logIn(own)
  await isAsked(server, login, 2)
  for (let trips = 0; trips < 3; trips++) await crm.auth.publicKeys()
  gates[0]?.resolve()
  await first
  await isTold(2)
  for (let trips = 0; trips < 3; trips++) await crm.auth.publicKeys()
  t.notOk(sentOperations(server).includes(me))
  gates[1]?.resolve()
  t.match(await Promise.all([call, second]), [user, user])
  t.strictSame(sent(server).at(-1), [me, 'Bearer access-2'])
})

t.test('a logout tells the server though whoever keeps the tokens hangs', async (t) => {
  const server = await startApi(t, { login: [tokens(1)], logout: [noContent] })
  let hangs = false
  const crm = createCrmClient({ baseUrl: server.url, credentials: { onTokens: () => (hangs ? new Promise(() => {}) : undefined) } })
  await crm.logIn(own)
  hangs = true
  void crm.logOut()
  await isAsked(server, logout)
})

t.test('tokens are told once, also to who uses the client at once', async (t) => {
  const server = await startApi(t, { login: [tokens(1)] })
  const told: unknown[] = []
  const calls: Promise<unknown>[] = []
  const crm = createCrmClient({
    baseUrl: server.url,
    credentials: {
      onTokens(given) {
        told.push(given?.accessToken)
        calls.push(crm.users.me())
      },
    },
  })
  await crm.logIn(own)
  await Promise.all(calls)
  t.strictSame(told, ['access-1'])
})
