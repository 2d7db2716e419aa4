import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { connectDatabase } from '../../src/database/database.ts'
import { createService, type ServiceOptions } from '../../src/http/service.ts'
import { createLogger } from '../../src/logging/logger.ts'

/** A service over a database that nobody asks. */
async function service(t: Test, options: Partial<ServiceOptions> = {}) {
  const db = connectDatabase({ url: 'postgres://127.0.0.1:1/none', applicationName: 'test' })
  const app = await createService({
    logger: createLogger({ name: 'test', level: 'silent' }),
    registry: new Registry(),
    db,
    migrationsFolder: import.meta.dirname,
    pingBus: async () => {},
    authMode: 'token',
    openApi: { title: 'Things', description: 'Things.', tags: [] },
    ...options,
  })
  app.get('/seen', async ({ ip, host, protocol }) => ({ ip, host, protocol }))
  t.teardown(async () => {
    await app.close()
    await db.close()
  })
  return app
}

t.test('a service tells what it can do, unless it is told not to', async (t) => {
  const documented = await service(t)
  for (const path of ['/docs', '/openapi.json']) t.equal((await documented.inject(path)).statusCode, 200, path)
  const silent = await service(t, { servesDocuments: false })
  for (const path of ['/docs', '/docs/static/index.html', '/openapi.json']) t.equal((await silent.inject(path)).statusCode, 404, path)
  t.equal((await silent.inject('/live')).statusCode, 200)
})

t.test('header mode answers to loopback names alone, token mode to every name', async (t) => {
  const headers = { host: 'crm.example.com' }
  for (const [authMode, status] of [
    ['header', 421],
    ['token', 200],
  ] as const) {
    const app = await service(t, { authMode })
    for (const path of ['/seen', '/live', '/openapi.json']) {
      t.equal((await app.inject({ url: path, headers })).statusCode, status, `${authMode} mode, ${path}`)
    }
  }
})

t.test('a forged X-Forwarded-Host does not make a foreign Host a loopback one, whoever is trusted', async (t) => {
  const app = await service(t, { authMode: 'header', trustProxy: '127.0.0.1' })
  const headers = { host: 'crm.example.com', 'x-forwarded-host': 'localhost' }
  t.equal((await app.inject({ url: '/seen', headers })).statusCode, 421)
})

t.test('proxies that are trusted say who the client is', async (t) => {
  const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': 'crm.example.com', 'x-forwarded-proto': 'https' }
  const seen = { ip: '203.0.113.7', host: 'crm.example.com', protocol: 'https' }
  const trusting = await service(t, { trustProxy: '127.0.0.0/8' })
  t.strictSame((await trusting.inject({ url: '/seen', headers })).json(), seen)
  t.match((await (await service(t)).inject({ url: '/seen', headers })).json(), { ip: '127.0.0.1', protocol: 'http' })
})
