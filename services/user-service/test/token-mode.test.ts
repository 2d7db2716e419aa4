import { openBus } from '@crm/events/bus/open-bus.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import t, { type Test } from 'tap'
import { loadUserServiceConfig } from '../src/config.ts'
import { createUserService } from '../src/service.ts'
import { type Json, signingKeySecret, startService, userIds } from './fixture.ts'
import { givePassword, signIn } from './sign-in.ts'

const admin = { email: 'first@example.com', password: 'correct horse battery' }

/** The service as production has it; of a database that is migrated or not. */
async function inProduction(t: Test, { isMigrated = true } = {}) {
  const user = await createTestDatabase(t, isMigrated ? { migrations: migrationsFolder('user_db') } : { tables: {} })
  const bus = openBus({ databaseUrl: 'postgres://127.0.0.1:1/none', logger: createLogger({ name: 'test', level: 'silent' }) })
  const config = loadUserServiceConfig({
    NODE_ENV: 'production',
    HOST: '0.0.0.0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: user.url,
    BUS_DATABASE_URL: 'postgres://127.0.0.1:1/none',
    SIGNING_KEY_SECRET: signingKeySecret,
    BOOTSTRAP_ADMIN_EMAIL: admin.email,
    BOOTSTRAP_ADMIN_PASSWORD: admin.password,
  })
  const app = await createUserService(config, bus)
  t.teardown(async () => {
    await app.close()
    await bus.close()
  })
  return app
}

t.test('in production the first administrator logs in, and is known by the token alone', async (t) => {
  const app = await inProduction(t)
  await app.ready()
  const login = await app.inject({ method: 'POST', url: '/v1/auth/login', payload: admin, headers: { host: 'users.internal:8002' } })
  t.equal(login.statusCode, 200)
  const { accessToken, user }: Json = login.json()
  t.equal(user.role, 'SYSTEM_ADMIN')
  const get = async (headers: Record<string, string>) => {
    const answer = await app.inject({ url: '/v1/users/me', headers: { host: 'users.internal:8002', ...headers } })
    return { status: answer.statusCode, code: answer.json().code }
  }
  const authorization = `Bearer ${accessToken}`
  t.match(await get({ 'x-user-id': user.id, authorization }), { status: 200 })
  const refused = { status: 401, code: 'unauthenticated' }
  t.match(await get({ 'x-user-id': user.id }), refused)
  t.match(await get({ authorization }), refused)
  t.match(await get({ 'x-user-id': userIds.root, authorization }), refused)
  t.match(await get({}), refused)
})

t.test('an administrator cannot be made before the database is migrated', async (t) => {
  const app = await inProduction(t, { isMigrated: false })
  await t.rejects(async () => {
    await app.ready()
  }, /run the migrate command/)
})

t.test('every operation wants the token, but those that give one', async (t) => {
  const service = await startService(t, { config: { AUTH_MODE: 'token' } })
  await givePassword(service, 'westUser')
  const document: Json = (await service.call('GET', '/openapi.json')).body
  const { headers } = await signIn(service, 'westUser')
  for (const [path, item] of Object.entries<Json>(document.paths)) {
    for (const [method, { operationId, security }] of Object.entries<Json>(item)) {
      const url = path.replace(/\{\w+\}/, userIds.westUser)
      const { status, body } = await service.call(method.toUpperCase() as 'GET', url, { as: 'westUser' })
      if (security) t.not(body.code, 'unauthenticated', operationId)
      else t.match({ status, body }, { status: 401, body: { code: 'unauthenticated' } }, operationId)
    }
  }
  t.match(await service.call('GET', '/v1/users/me', { headers }), { status: 200 })
})
