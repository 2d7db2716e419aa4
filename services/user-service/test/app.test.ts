import { openBus } from '@crm/events/bus/open-bus.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { loadUserServiceConfig } from '../src/config.ts'
import { sampleUserIds, sampleUsers } from '../src/sample-data/sample-data.ts'
import { createUserService } from '../src/service.ts'
import { signingKeySecret, startService } from './fixture.ts'

async function startWithBus(t: Test, { isBusReachable = true } = {}) {
  const [userDb, busDb] = await Promise.all(
    ['user_db', 'bus_db'].map((name) => createTestDatabase(t, { migrations: migrationsFolder(name) })),
  )
  if (!userDb || !busDb) throw new Error('a test database is missing')
  const env = {
    DATABASE_URL: userDb.url,
    BUS_DATABASE_URL: busDb.url,
    AUTH_MODE: 'header',
    LOG_LEVEL: 'silent',
    SEED_SAMPLE_DATA: 'true',
    SIGNING_KEY_SECRET: signingKeySecret,
  }
  const databaseUrl = isBusReachable ? busDb.url : 'postgres://127.0.0.1:1/none'
  const bus = openBus({ databaseUrl, logger: createLogger({ name: 'test', level: 'silent' }) })
  const app = await createUserService(loadUserServiceConfig(env), bus)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const log = connectDatabase({ url: busDb.url, applicationName: 'test' })
  const db = connectDatabase({ url: userDb.url, applicationName: 'test' })
  t.teardown(async () => {
    await app.close()
    await bus.close()
    await log.close()
    await db.close()
  })
  const get = (url: string) => app.inject({ url, headers: { 'x-user-id': sampleUserIds.admin } })
  return { app, log, db, get }
}

t.test('events reach the bus by themselves: of the sample data, and of what follows', async (t) => {
  const { app, log } = await startWithBus(t)
  const created = await app.inject({
    method: 'POST',
    url: '/v1/companies',
    headers: { 'x-user-id': sampleUserIds.admin },
    payload: { name: 'Published' },
  })
  const { id } = created.json()
  const published = (topic: string) => log.sql<{ key: string }[]>`
    select convert_from(key, 'utf8') as key from records where topic = ${topic}`
  await until(async () => (await published('identity.company.created')).some(({ key }) => key === id), {
    timeoutMs: 10_000,
    what: 'the event',
  })
  const users = await until(
    async () => {
      const rows = await published('identity.user.created')
      return rows.length === sampleUsers.length && rows
    },
    { timeoutMs: 10_000, what: 'the events of the sample users' },
  )
  t.same(new Set(users.map(({ key }) => key)), new Set(Object.values(sampleUserIds)))
})

t.test('a service whose bus is down works, says so, and keeps its events', async (t) => {
  const { app, db, get } = await startWithBus(t, { isBusReachable: false })
  const created = await app.inject({
    method: 'POST',
    url: '/v1/companies',
    headers: { 'x-user-id': sampleUserIds.admin },
    payload: { name: 'Kept' },
  })
  t.equal(created.statusCode, 201)
  t.match((await get('/health')).json(), { status: 'degraded', database: 'up', kafka: 'down' })
  t.equal((await get('/ready')).statusCode, 200)
  t.match(await db.sql`select type from outbox where record_id = ${created.json().id} and published_at is null`, [
    { type: 'identity.company.created' },
  ])
})

t.test('probes, metrics and documents ask for no user', async (t) => {
  const { app } = await startService(t, { isEmpty: true })
  for (const [url, expected] of [
    ['/live', /live/],
    ['/ready', /ready/],
    ['/health', /"database":"up"/],
    ['/metrics', /http_request_duration_seconds/],
    ['/openapi.json', /createCompany/],
    ['/docs/', /swagger-ui/],
    ['/.well-known/jwks.json', /"kty":"OKP"/],
  ] as const) {
    const answer = await app.inject({ url })
    t.equal(answer.statusCode, 200, url)
    t.match(answer.body, expected, url)
  }
})
