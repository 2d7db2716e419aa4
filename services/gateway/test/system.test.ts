import type { AddressInfo } from 'node:net'
import { openBus } from '@crm/events/bus/open-bus.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import { loadCrmServiceConfig } from 'crm-service/config.ts'
import { createCrmService } from 'crm-service/service.ts'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { loadUserServiceConfig } from 'user-service/config.ts'
import { replaceSigningKeys } from 'user-service/modules/signing-keys/replace-signing-keys.ts'
import { sampleCompanyIds, sampleUserIds } from 'user-service/sample-data/sample-data.ts'
import { createUserService } from 'user-service/service.ts'
import { loadGatewayConfig } from '../src/config.ts'
import { createGateway } from '../src/service.ts'

interface Tokens {
  accessToken: string
  refreshToken: string | null
  user: { id: string }
}

const signingKeySecret = 'a secret of the tests, long enough for it'
const json = { 'content-type': 'application/json' }

async function listen(t: Test, app: FastifyInstance): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** The real services in token mode, each on a database of its own, behind the gateway. */
async function start(t: Test) {
  const [userDb, crmDb, busDb] = await Promise.all(
    ['user_db', 'crm_db', 'bus_db'].map((name) => createTestDatabase(t, { migrations: migrationsFolder(name) })),
  )
  if (!userDb || !crmDb || !busDb) throw new Error('a test database is missing')
  const bus = openBus({ databaseUrl: busDb.url, logger: createLogger({ name: 'test', level: 'silent' }) })
  t.teardown(() => bus.close())
  const common = { LOG_LEVEL: 'silent', AUTH_MODE: 'token', NODE_ENV: 'test', BUS_DATABASE_URL: busDb.url, TRUST_PROXY: '127.0.0.1' }
  const secret = { SIGNING_KEY_SECRET: signingKeySecret }
  const users = await createUserService(
    loadUserServiceConfig({ ...common, ...secret, DATABASE_URL: userDb.url, SEED_SAMPLE_DATA: 'true' }),
    bus,
  )
  const USER_SERVICE_URL = await listen(t, users)
  const crm = await createCrmService(loadCrmServiceConfig({ ...common, DATABASE_URL: crmDb.url, USER_SERVICE_URL }), bus)
  const CRM_SERVICE_URL = await listen(t, crm)
  const gateway = await createGateway(loadGatewayConfig({ LOG_LEVEL: 'silent', USER_SERVICE_URL, CRM_SERVICE_URL }))
  const url = await listen(t, gateway)

  const login = async (email: string, password: string): Promise<Tokens> => {
    const answer = await checkedFetch(`${url}/v1/auth/login`, { method: 'POST', headers: json, body: JSON.stringify({ email, password }) })
    if (answer.status !== 200) throw new Error(`login: ${await answer.text()}`)
    return (await answer.json()) as Tokens
  }
  const call = async (method: string, path: string, token: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, ...(body && json) }
    const answer = await checkedFetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  return { url, crmUrl: CRM_SERVICE_URL, usersUrl: USER_SERVICE_URL, userDbUrl: userDb.url, users, crm, login, call }
}

t.test('people log in through the gateway and work; each sees what is theirs, and every answer is as documented', async (t) => {
  const { url, crmUrl, login, call } = await start(t)
  const west = await login('user.west@crm.com', 'west123')
  const global = await login('admin.global@crm.com', 'global123')
  t.equal(west.user.id, sampleUserIds.west)
  const created = await call('POST', '/v1/leads', west.accessToken, {
    name: 'Leonie',
    email: 'l@example.com',
    companyId: sampleCompanyIds.acmeWest,
  })
  t.match(created, { status: 201, body: { companyId: sampleCompanyIds.acmeWest } })
  const path = `/v1/leads/${created.body.id}`
  t.match(await call('GET', path, west.accessToken), { status: 200, body: { email: 'l@example.com' } })
  t.match(await call('GET', path, global.accessToken), { status: 404, body: { code: 'not_found' } })
  t.match(await call('GET', '/v1/leads', global.accessToken), { status: 200, body: { data: [] } })
  t.match(await call('GET', '/v1/users/me', global.accessToken), { status: 200, body: { id: sampleUserIds.globalAdmin } })

  const forged = { authorization: `Bearer ${global.accessToken}`, 'x-user-id': west.user.id }
  t.equal((await fetch(url + path, { headers: forged })).status, 404, 'another user id changes nothing at the gateway')
  t.equal((await fetch(crmUrl + path, { headers: forged })).status, 401, 'nor does it at the service')
  t.equal((await fetch(crmUrl + path, { headers: { 'x-user-id': west.user.id } })).status, 401)
  t.match(await call('GET', '/v1/users/me', 'x'), { status: 401, body: { code: 'unauthenticated' } })
  t.equal((await fetch(`${url}/v1/users/me`)).status, 401)
})

t.test('a session that was ended is over everywhere within two seconds', async (t) => {
  const { url, login, call } = await start(t)
  const { accessToken, refreshToken } = await login('user.west@crm.com', 'west123')
  t.equal((await call('GET', '/v1/leads', accessToken)).status, 200)
  const logout = { method: 'POST', headers: json, body: JSON.stringify({ refreshToken }) }
  t.equal((await checkedFetch(`${url}/v1/auth/logout`, logout)).status, 204)
  const endedAt = performance.now()
  // 503 is no answer: a machine that stalls keeps a service from answering in time, but lets nobody in for longer.
  const asking = async () => {
    const isOver = performance.now() - endedAt > 2_000
    const { status } = await call('GET', '/v1/leads', accessToken)
    return (status === 401 || (isOver && status !== 503)) && status
  }
  t.equal(await until(asking, { timeoutMs: 30_000, what: 'the token is refused' }), 401)
  t.equal((await checkedFetch(`${url}/v1/auth/refresh`, logout)).status, 401)
})

t.test(
  'once the signing keys are replaced, tokens of the old ones are refused at every door within seconds; a refreshed session goes on',
  async (t) => {
    const { url, usersUrl, crmUrl, userDbUrl, login, call } = await start(t)
    const { accessToken, refreshToken, user } = await login('user.west@crm.com', 'west123')
    const headers = { authorization: `Bearer ${accessToken}`, 'x-user-id': user.id }
    const doors = [`${url}/v1/users/me`, `${url}/v1/leads`, `${usersUrl}/v1/users/me`, `${crmUrl}/v1/leads`]
    const statuses = async () => (await Promise.all(doors.map((door) => fetch(door, { headers })))).map(({ status }) => status)
    t.strictSame(await statuses(), [200, 200, 200, 200])
    const db = connectDatabase({ url: userDbUrl, maxConnections: 1, applicationName: 'test' })
    t.teardown(() => db.close())
    const { id } = await replaceSigningKeys(db, signingKeySecret)
    // 5 s for which user-service remembers its keys, and 1 s for which an answer of its about access serves; the rest is patience.
    const areRefused = async () => (await statuses()).every((status) => status === 401)
    t.ok(await until(areRefused, { timeoutMs: 30_000, intervalMs: 200, what: 'the token is refused at every door' }))
    const refreshed = await checkedFetch(`${url}/v1/auth/refresh`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ refreshToken }),
    })
    const renewed = ((await refreshed.json()) as Tokens).accessToken
    t.match(JSON.parse(Buffer.from(renewed.split('.')[0] ?? '', 'base64url').toString()), { kid: id })
    t.equal((await call('GET', '/v1/leads', renewed)).status, 200)
  },
)

t.test("a browser's session goes on by its cookie, for pages of this very host alone", async (t) => {
  const { url } = await start(t)
  const post = (path: string, origin: string, headers: Record<string, string>, body?: object) =>
    checkedFetch(url + path, {
      method: 'POST',
      headers: { origin, ...headers, ...(body && json) },
      ...(body && { body: JSON.stringify(body) }),
    })
  const credentials = { email: 'user.west@crm.com', password: 'west123', session: 'cookie' }
  t.equal((await post('/v1/auth/login', 'http://evil.example.com', {}, credentials)).status, 403)
  const login = await post('/v1/auth/login', url, {}, credentials)
  t.match(await login.json(), { refreshToken: null })
  const [cookie = ''] = login.headers.getSetCookie()
  t.match(cookie, /^crm_refresh=[^;]+;.*Path=\/v1\/auth.*HttpOnly.*SameSite=Strict/)
  const sent = { cookie: cookie.split(';', 1)[0] ?? '' }
  t.equal((await post('/v1/auth/refresh', 'http://evil.example.com', sent)).status, 403)
  const refreshed = await post('/v1/auth/refresh', url, sent)
  t.equal(refreshed.status, 200)
  const { accessToken } = (await refreshed.json()) as Tokens
  t.equal((await checkedFetch(`${url}/v1/users/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status, 200)
})

t.test('without crm-service the rest goes on; without user-service nothing does, and /health says so', async (t) => {
  const { url, users, crm, login, call } = await start(t)
  const { accessToken } = await login('user.west@crm.com', 'west123')
  const health = async () => {
    const answer = await fetch(`${url}/health`)
    return `${answer.status} ${((await answer.json()) as { status: string }).status}`
  }
  t.equal(await health(), '200 ok')
  await crm.close()
  t.match(await call('GET', '/v1/leads', accessToken), { status: 503, body: { code: 'dependency_unavailable' } })
  t.equal((await call('GET', '/v1/users/me', accessToken)).status, 200)
  t.ok(await until(async () => (await health()) === '200 degraded', { timeoutMs: 30_000, what: 'degraded' }))
  await users.close()
  t.match(await call('GET', '/v1/users/me', accessToken), { status: 503, body: { code: 'dependency_unavailable' } })
  t.ok(await until(async () => (await health()) === '503 down', { timeoutMs: 30_000, what: 'down' }))
})
