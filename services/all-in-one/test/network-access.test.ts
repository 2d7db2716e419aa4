import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { freePorts } from '@crm/testing/ports.ts'
import t, { type Test } from 'tap'
import { createAllInOne } from '../src/all-in-one.ts'
import { loadAllInOneConfig } from '../src/config.ts'

const logger = createLogger({ name: 'test', level: 'silent' })
// Not a loopback address by its looks, and yet reached from this machine only.
const elsewhere = '[::ffff:127.0.0.1]'

/** The system on ports of its own; not started. */
async function prepare(t: Test, { host = '127.0.0.1', ...env }: { host?: string; DATA_DIR: string; [name: string]: string }) {
  const [gateway, users, crm, admin] = await freePorts(4)
  const config = loadAllInOneConfig({
    GATEWAY_URL: `http://${host}:${gateway}`,
    USER_SERVICE_URL: `http://127.0.0.1:${users}`,
    CRM_SERVICE_URL: `http://127.0.0.1:${crm}`,
    ADMIN_PORT: String(admin),
    ...env,
  })
  const system = createAllInOne(config, logger)
  const start = async () => {
    await system.start()
    t.teardown(() => system.close())
  }
  return { start, close: () => system.close(), url: `http://127.0.0.1:${gateway}` }
}

/** Logs in, by a host name of one's own if need be, which fetch would not send. */
async function statusOfLogin(url: string, body: object, headers: Record<string, string> = {}): Promise<number | undefined> {
  const login = request(`${url}/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } })
  const [answer] = (await once(login.end(JSON.stringify(body)), 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

const published = { email: 'admin@crm.com', password: 'admin123' }

t.test('sample users of an earlier start keep the gateway on loopback, and away from names that only lead there', async (t) => {
  const DATA_DIR = t.testdir()
  const seeding = await prepare(t, { DATA_DIR })
  await seeding.start()
  t.equal(await statusOfLogin(seeding.url, published), 200)
  await seeding.close()

  const reached = await prepare(t, { DATA_DIR, host: elsewhere, SEED_SAMPLE_DATA: 'false' })
  await t.rejects(reached.start(), {
    name: 'StartError',
    message: /^GATEWAY_URL beyond loopback is refused while everybody knows the passwords of admin@crm\.com, .*: change them/,
  })

  const local = await prepare(t, { DATA_DIR, SEED_SAMPLE_DATA: 'false' })
  await local.start()
  t.equal(await statusOfLogin(local.url, published, { host: 'rebound.example' }), 421)
  t.equal(await statusOfLogin(local.url, published), 200)
})

t.test('a system without sample data has the administrator it is told of, and may be reached from elsewhere', async (t) => {
  const admin = { email: 'boss@example.com', password: 'a password of ours' }
  const { start, url } = await prepare(t, {
    DATA_DIR: t.testdir(),
    host: elsewhere,
    SEED_SAMPLE_DATA: 'false',
    BOOTSTRAP_ADMIN_EMAIL: admin.email,
    BOOTSTRAP_ADMIN_PASSWORD: admin.password,
  })
  await start()
  t.equal(await statusOfLogin(url, admin, { host: 'crm.example' }), 200)
  t.equal(await statusOfLogin(url, published), 401)
})
