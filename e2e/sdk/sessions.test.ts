import { CrmAuthenticationError, createCrmClient, type SessionCredentials, type SessionTokens } from '@crm/sdk'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import t from 'tap'

const { gatewayUrl: baseUrl } = await startAllInOne(t, await isolatedEnvironment(t))
const own = { email: 'user.west@crm.com', password: 'west123' }
const clientBy = (credentials: SessionCredentials) => createCrmClient({ baseUrl, credentials, fetch: checkedFetch })

t.test('a client with email and password works through the gateway, and goes on when its session is ended elsewhere', async (t) => {
  const crm = clientBy(own)
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
  const store: { kept?: SessionTokens | undefined } = {}
  const onTokens = (tokens: SessionTokens | undefined) => {
    store.kept = tokens
  }
  await clientBy({ ...own, onTokens }).users.me()
  // As after its 15 minutes.
  const old = store.kept && { ...store.kept, expiresAt: 0 }
  const second = clientBy({ tokens: old, onTokens })
  t.equal((await second.users.me()).id, west)
  t.not(store.kept?.refreshToken, old?.refreshToken)
  const last = store.kept && { ...store.kept, expiresAt: 0 }
  await second.logOut()
  t.equal(store.kept, undefined)
  await t.rejects(clientBy({ tokens: last }).users.me(), CrmAuthenticationError)
})

t.test('refreshing and logging out take the refresh token, or nothing at all, as a browser has it in its cookie', async (t) => {
  const { auth } = createCrmClient({ baseUrl, accessToken: 'of-no-use-here', fetch: checkedFetch })
  const { refreshToken } = await auth.login(own)
  const next = await auth.refresh({ refreshToken: refreshToken ?? '' })
  t.equal(await auth.logout({ refreshToken: next.refreshToken ?? '' }), undefined)
  await t.rejects(auth.refresh(), { name: 'CrmAuthenticationError', code: 'invalid_credentials' })
  t.equal(await auth.logout(), undefined)
  const { response } = await auth.logout(undefined, { requestId: 'the-last-one' }).withResponse()
  t.match(response, { status: 204, requestId: 'the-last-one' })
})

t.test('a wrong password is the typed error', async (t) => {
  const refusal = { name: 'CrmAuthenticationError', status: 401, code: 'invalid_credentials' }
  await t.rejects(clientBy({ ...own, password: 'wrong' }).users.me(), refusal)
})

t.test('a change of password ends the other sessions, and a wrong current one is refused', async (t) => {
  const email = 'admin.global@crm.com'
  const crm = clientBy({ email, password: 'global123' })
  const other = clientBy({ email, password: 'global123' })
  await other.users.me()
  const newPassword = 'correct horse battery staple'
  await t.rejects(crm.users.changePassword({ currentPassword: 'wrong', newPassword }), { code: 'invalid_credentials' })
  await crm.users.changePassword({ currentPassword: 'global123', newPassword })
  t.ok(await crm.users.me())
  const again = clientBy({ email, password: newPassword })
  t.equal((await again.users.me()).email, email)
  t.equal((await again.sessions.list().toArray({ limit: 10 })).length, 2, 'its own and the one that changed the password')
})
