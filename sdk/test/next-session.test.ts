import t from 'tap'
import { CrmConnectionError, createCrmClient } from '../src/index.ts'
import { hangUp, held, json, noContent, problem, type Step } from './scripted-server.ts'
import { isAsked, own, sent, sentOperations, startApi, tokens, unauthenticated, user } from './session-api.ts'

const login = 'POST /v1/auth/login'
const me = 'GET /v1/users/me'
const refresh = 'POST /v1/auth/refresh'
const leads = 'GET /v1/leads'
const create = 'POST /v1/leads'
const replaced = { name: 'CrmAccessTokenError', message: 'The session of this call is over: another has begun.' }
const nobody = { name: 'CrmAccessTokenError', message: 'There is no session: log in first.' }
const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: 'c' }

const page = (id: string, nextCursor: string | null) => json(200, { data: [{ id }], page: { nextCursor } })

t.test('a list goes on as who began it, and as nobody after a logout or another login', async (t) => {
  const ends = { logOut: nobody, logIn: replaced }
  for (const [end, failure] of Object.entries(ends)) {
    const server = await startApi(t, {
      login: [tokens(1), tokens(2)],
      logout: [noContent],
      others: [page('a', 'x'), page('b', 'y'), page('c', null)],
    })
    const crm = createCrmClient({ baseUrl: server.url, credentials: own })
    const seen: string[] = []
    const list = crm.leads.list()
    const iterate = async () => {
      for await (const { id } of list) {
        seen.push(id)
        if (id === 'b') await (end === 'logOut' ? crm.logOut() : crm.logIn(own))
      }
    }
    await t.rejects(iterate, failure)
    await t.rejects(iterate, failure, 'nor is it asked for anew')
    t.strictSame(seen, ['a', 'b'])
    t.strictSame(sent(server), [
      [login, own],
      [leads, 'Bearer access-1'],
      [`${leads}?cursor=x`, 'Bearer access-1'],
      end === 'logOut' ? ['POST /v1/auth/logout', { refreshToken: 'refresh-1' }] : [login, own],
    ])
  }
})

t.test('a list goes on with the tokens that a refresh gave', async (t) => {
  const server = await startApi(t, {
    login: [tokens(1)],
    refresh: [tokens(2)],
    others: [page('a', 'x'), unauthenticated, page('b', null)],
  })
  const crm = createCrmClient({ baseUrl: server.url, credentials: own })
  t.same(await crm.leads.list().toArray({ limit: 10 }), [{ id: 'a' }, { id: 'b' }])
  t.strictSame(sent(server).slice(1), [
    [leads, 'Bearer access-1'],
    [`${leads}?cursor=x`, 'Bearer access-1'],
    [refresh, { refreshToken: 'refresh-1' }],
    [`${leads}?cursor=x`, 'Bearer access-2'],
  ])
})

const lost = { 'loses its answer': hangUp, 'is refused': unauthenticated, 'finds no service': problem(503, 'unavailable') }
for (const [name, step] of Object.entries(lost)) {
  t.test(`a write that ${name} is not sent again as who logs in meanwhile`, async (t) => {
    const late = held(step)
    const server = await startApi(t, { login: [tokens(1), tokens(2)], refresh: [tokens(3)], others: [late.answer, json(201, {})] })
    const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
    await crm.logIn(own)
    const call = crm.leads.create(lead)
    call.catch(() => {})
    await isAsked(server, create)
    await crm.logIn(own)
    late.letGo()
    await t.rejects(call, replaced)
    t.strictSame(sentOperations(server), [login, create, login])
    if (step === hangUp) {
      const [key] = server.requests.flatMap(({ headers }) => headers['idempotency-key'] ?? [])
      t.type(key, 'string')
      t.match(await call.catch((error: unknown) => error), { idempotencyKey: key, previousFailure: CrmConnectionError })
    }
    await crm.leads.create(lead)
    t.strictSame(server.requests.at(-1)?.headers.authorization, 'Bearer access-2')
  })
}

t.test('a call whose session ends goes on in the one that is begun by email and password, unless that is of another user', async (t) => {
  const another: Step = json(200, { accessToken: 'access-9', refreshToken: 'refresh-9', expiresIn: 900, user: { id: 'another' } })
  for (const [next, isAnother] of [
    [tokens(2), false],
    [another, true],
  ] as const) {
    const server = await startApi(t, {
      login: [tokens(1), next],
      refresh: [problem(401, 'invalid_credentials')],
      others: [unauthenticated, json(201, { id: 'a' })],
    })
    const crm = createCrmClient({ baseUrl: server.url, credentials: own })
    await crm.logIn({ ...own, email: 'user.east@crm.com' })
    const call = crm.leads.create(lead)
    if (isAnother) await t.rejects(call, replaced)
    else t.same(await call, { id: 'a' })
    const last = isAnother ? [login, own] : [create, 'Bearer access-2']
    t.strictSame(sent(server).at(-1), last)
  }
})

t.test('the end of the refresh of a session that was left is not that of the calls in the next', async (t) => {
  const late = held(problem(401, 'invalid_credentials'))
  const server = await startApi(t, { login: [tokens(1, { expiresIn: 1 }), tokens(2)], refresh: [late.answer] })
  const crm = createCrmClient({ baseUrl: server.url, credentials: {} })
  await crm.logIn(own)
  const before = crm.users.me()
  before.catch(() => {})
  await isAsked(server, refresh)
  await crm.logIn(own)
  const after = crm.users.me({ maxRetries: 0 })
  after.catch(() => {})
  await isAsked(server, me)
  late.letGo()
  t.match(await after, user)
  t.match(await before, user, 'which had sent nothing yet')
  t.strictSame(sent(server).slice(2), [
    [login, own],
    [me, 'Bearer access-2'],
    [me, 'Bearer access-2'],
  ])
})

t.test('tokens that were kept are those of the user whom they name, also before an answer names one', async (t) => {
  const tokenOf = (sub: string) => `e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.signature`
  for (const [sub, isAnother] of [
    [user.id, false],
    ['another', true],
    ['b\u00fcro?>', true],
  ] as const) {
    const server = await startApi(t, {
      login: [tokens(2)],
      refresh: [problem(401, 'invalid_credentials')],
      others: [unauthenticated, json(201, { id: 'a' })],
    })
    const kept = { accessToken: tokenOf(sub), refreshToken: 'kept', expiresAt: Date.now() + 900_000 }
    const call = createCrmClient({ baseUrl: server.url, credentials: { ...own, tokens: kept } }).leads.create(lead)
    if (isAnother) await t.rejects(call, replaced)
    else t.same(await call, { id: 'a' })
  }
})
