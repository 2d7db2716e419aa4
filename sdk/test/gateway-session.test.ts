import t from 'tap'
import { CrmAuthenticationError, createCrmClient, type SessionTokens } from '../src/index.ts'
import { acmeWest, startSystem, west } from './system.ts'

const own = { email: 'user.west@crm.com', password: 'west123' }

t.test('a client with email and password works through the gateway, and goes on when its session is ended elsewhere', async (t) => {
  const { gateway } = await startSystem(t)
  const crm = createCrmClient({ baseUrl: gateway, credentials: own })
  const { data: lead, response } = await crm.leads.create({ name: 'Leonie', email: 'l@example.com', companyId: acmeWest }).withResponse()
  t.match(lead, { status: 'NEW', companyId: acmeWest })
  t.match(response.rateLimit, { limit: 6000, remaining: Number, resetSeconds: Number })
  t.equal((await crm.users.me()).id, west)

  for await (const { id, isCurrent } of crm.sessions.list()) if (isCurrent) await crm.sessions.end(id)
  // The end is known within two seconds; the call meets it or not.
  t.equal((await crm.users.me()).id, west)
  t.match(await crm.leads.get(lead.id), { email: 'l@example.com' })
})

t.test('tokens that were kept go on with a session; once it is logged out they do not', async (t) => {
  const { gateway } = await startSystem(t)
  const store: { kept?: SessionTokens | undefined } = {}
  const onTokens = (tokens: SessionTokens | undefined) => {
    store.kept = tokens
  }
  const first = createCrmClient({ baseUrl: gateway, credentials: { ...own, onTokens } })
  await first.users.me()
  // As after its 15 minutes.
  const old = store.kept && { ...store.kept, expiresAt: 0 }
  const second = createCrmClient({ baseUrl: gateway, credentials: { tokens: old, onTokens } })
  t.equal((await second.users.me()).id, west)
  t.not(store.kept?.refreshToken, old?.refreshToken)
  const last = store.kept && { ...store.kept, expiresAt: 0 }
  await second.logOut()
  t.equal(store.kept, undefined)
  await t.rejects(createCrmClient({ baseUrl: gateway, credentials: { tokens: last } }).users.me(), CrmAuthenticationError)
})

t.test('a wrong password is the typed error', async (t) => {
  const { gateway } = await startSystem(t)
  const crm = createCrmClient({ baseUrl: gateway, credentials: { ...own, password: 'wrong' } })
  await t.rejects(crm.users.me(), { name: 'CrmAuthenticationError', status: 401, code: 'invalid_credentials' })
})
