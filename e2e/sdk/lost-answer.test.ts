import { CrmAuthenticationError, createCrmClient, type SessionTokens } from '@crm/sdk'
import { acmeWest, isolatedEnvironment, startAllInOne, west } from '@crm/testing/all-in-one.ts'
import t from 'tap'
import { clientOf, patient } from '../client.ts'
import { startProxy } from './proxy.ts'

t.test('a write whose answer was lost took effect once, and the retry gets its answer', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const statuses: number[] = []
  const losesAnswer = ({ ok, status }: Response) => ok && statuses.push(status) === 1
  const crm = createCrmClient({
    services: { user: system.userUrl, crm: await startProxy(t, { originOf: () => system.crmUrl, losesAnswer }) },
    userId: west,
    // No attempt is given up while its answer may still come.
    attemptTimeoutMs: 60_000,
  })
  const lead = { name: 'Leonie Köhler', email: 'leonie@example.com', companyId: acmeWest }
  const { data, response } = await crm.leads.create(lead).withResponse()
  t.same(statuses, [201, 201])
  t.equal(response.isIdempotentReplay, true)
  const stored = await clientOf(system, west, patient).leads.list()
  t.same(
    stored.data.map(({ id }) => id),
    [data.id],
    'one lead, the one that was answered',
  )
})

t.test('a session begins, goes on and ends, though the first answer to its login, its refresh and its logout is lost', async (t) => {
  const system = await startAllInOne(t, await isolatedEnvironment(t))
  const answered: string[] = []
  const losesAnswer = ({ status, url }: Response) => {
    // From a machine that is slow; it is asked again.
    if (status === 503) return false
    const { pathname } = new URL(url)
    const answer = `${status} ${pathname}`
    return answered.push(answer) > 0 && pathname.startsWith('/v1/auth/') && answered.indexOf(answer) === answered.length - 1
  }
  const baseUrl = await startProxy(t, { originOf: () => system.gatewayUrl, losesAnswer })
  const store: { kept?: SessionTokens | undefined } = {}
  // Given to a client as after their 15 minutes.
  const clientWith = (tokens: SessionTokens | undefined) => {
    const onTokens = (now: SessionTokens | undefined) => {
      store.kept = now && { ...now, expiresAt: 0 }
    }
    return createCrmClient({ baseUrl, credentials: { tokens, onTokens } })
  }
  await clientWith(undefined).logIn({ email: 'user.west@crm.com', password: 'west123' })
  const crm = clientWith(store.kept)
  t.equal((await crm.users.me()).id, west)
  const last = store.kept
  await crm.logOut()
  t.strictSame(answered, [
    '200 /v1/auth/login',
    '200 /v1/auth/login',
    '200 /v1/auth/refresh',
    '200 /v1/auth/refresh',
    '200 /v1/users/me',
    '204 /v1/auth/logout',
    '204 /v1/auth/logout',
  ])
  t.equal(store.kept, undefined)
  await t.rejects(clientWith(last).users.me(), CrmAuthenticationError)
})
