import { join } from 'node:path'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess } from '@crm/testing/processes.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import t, { type Test } from 'tap'
import { ensureSigningKey } from '../src/modules/signing-keys/ensure-signing-key.ts'
import { sampleUserIds } from '../src/sample-data/sample-data.ts'
import { signingKeySecret } from './fixture.ts'

// A dozen starts of a process, one after the other.
t.setTimeout(300_000)

const source = join(import.meta.dirname, '../src')
const run = (t: Test, file: string, env: Record<string, string>) =>
  startProcess(t, { command: process.execPath, args: [join(source, file)], env })

async function environment(t: Test): Promise<Record<string, string>> {
  const { url } = await createTestDatabase(t, { tables: {} })
  return {
    DATABASE_URL: url,
    BUS_DATABASE_URL: url,
    AUTH_MODE: 'header',
    PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    SIGNING_KEY_SECRET: signingKeySecret,
  }
}

t.test('the process is unready until its database is migrated, serves, and ends on SIGTERM', async (t) => {
  const env = await environment(t)
  const base = `http://127.0.0.1:${env.PORT}`
  const server = await run(t, 'server.ts', env)
  const unready = await until(() => fetch(`${base}/ready`), { timeoutMs: 60_000, what: 'the server' })
  t.equal(unready.status, 503)
  t.match(await unready.json(), { reasons: [/is at no migration, this process needs \d{4}_\w+: run the migrate command/] })

  const migrate = await run(t, 'migrate.ts', env)
  t.match(await migrate.exited, { code: 0 }, migrate.output())
  t.equal((await fetch(`${base}/ready`)).status, 200)
  t.match(await server.stop(), { code: 0 })

  const seeded = await run(t, 'server.ts', { ...env, SEED_SAMPLE_DATA: 'true' })
  const me = await until(() => checkedFetch(`${base}/v1/users/me`, { headers: { 'x-user-id': sampleUserIds.west } }), {
    timeoutMs: 60_000,
    what: 'the server',
  })
  t.match(await me.json(), { email: 'user.west@crm.com' })
  const second = await run(t, 'server.ts', env)
  t.match(await second.exited, { code: 1 })
  t.equal(second.stderr(), `user-service cannot start: port ${env.PORT} on 127.0.0.1 is already in use (set PORT to another)\n`)
  t.match(await seeded.stop('SIGINT'), { code: 0 })
})

t.test("another service's database is neither migrated nor served from", async (t) => {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('crm_db') })
  const env: Record<string, string> = { ...(await environment(t)), DATABASE_URL: url }
  const refusal = /has the migrations of something else \(another one in place of \d{4}_\w+\): is it the right database\?/
  const migrate = await run(t, 'migrate.ts', env)
  t.match(await migrate.exited, { code: 1 })
  t.match(migrate.stderr(), refusal)
  t.equal(migrate.stderr().trimEnd().split('\n').length, 1)

  const server = await run(t, 'server.ts', env)
  const unready = await until(() => fetch(`http://127.0.0.1:${env.PORT}/ready`), { timeoutMs: 60_000, what: 'the server' })
  t.equal(unready.status, 503)
  t.match(await unready.json(), { reasons: [refusal] })
  t.match(await server.stop(), { code: 0 })
})

t.test('a wrong secret for the signing keys ends the start with one line that shows none', async (t) => {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('user_db') })
  const db = connectDatabase({ url, applicationName: 'test' })
  await ensureSigningKey(db, signingKeySecret)
  await db.close()
  const secret = 'another secret of 32 characters or more'
  const server = await run(t, 'server.ts', { ...(await environment(t)), DATABASE_URL: url, SIGNING_KEY_SECRET: secret })
  t.match(await server.exited, { code: 1 })
  t.match(
    server.stderr(),
    /^user-service cannot start: SIGNING_KEY_SECRET is not the one that the signing keys in this database are encrypted with [^\n]*\n$/,
  )
  t.notMatch(server.output(), secret)
})

t.test('a start that cannot succeed says why in one line', async (t) => {
  const env = await environment(t)
  for (const [wrong, line] of [
    [{ PORT: 'eighty', DRAIN_MS: '-1' }, /PORT must be .*; DRAIN_MS must be/],
    [{ NODE_ENV: 'production', SEED_SAMPLE_DATA: 'true' }, /SEED_SAMPLE_DATA=true is refused/],
    [{ SEED_SAMPLE_DATA: 'true' }, /run the migrate command/],
    [{ SEED_SAMPLE_DATA: 'true', DATABASE_URL: 'postgres://127.0.0.1:1/none' }, /nothing answers at 127.0.0.1:1/],
  ] as const) {
    const server = await run(t, 'server.ts', { ...env, ...wrong })
    t.match(await server.exited, { code: 1 })
    t.match(server.stderr(), line)
    t.equal(server.stderr().trimEnd().split('\n').length, 1, server.stderr())
  }
})
