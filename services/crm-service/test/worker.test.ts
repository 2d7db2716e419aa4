import { once } from 'node:events'
import { createServer } from 'node:net'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { environments, failedStart, migrateAll, run, startMs } from './processes.ts'

t.test('the worker serves probes and metrics on its admin port, nothing else, and ends on SIGTERM', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const worker = await run(t, 'crmWorker', env.worker)
  const get = (path: string) => fetch(`${env.adminUrl}${path}`)
  await until(async () => (await get('/ready')).ok, { timeoutMs: startMs, what: 'it is ready' })
  for (const [path, expected] of [
    ['/live', /live/],
    ['/ready', /ready/],
    ['/health', /"database":"up"/],
    ['/metrics', /^# HELP/],
  ] as const) {
    const answer = await get(path)
    t.equal(answer.status, 200, path)
    t.match(await answer.text(), expected, path)
  }
  for (const path of ['/v1/leads', '/docs', '/openapi.json']) t.equal((await get(path)).status, 404, path)
  t.same(await worker.stop('SIGTERM'), { code: 0, signal: null })
})

t.test('on the embedded bus a second worker waits for the first, and takes over when it ends', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const worker = await run(t, 'crmWorker', { ...env.worker, LOG_LEVEL: 'debug' })
  await until(() => worker.output().includes('consumer group subscribed'), { timeoutMs: startMs, what: 'it has the group' })
  const second = await run(t, 'crmWorker', { ...env.worker, ADMIN_PORT: '0', LOG_LEVEL: 'info' })
  await until(() => /consumer group .* is in use by another consumer/.test(second.output()), {
    timeoutMs: startMs,
    what: 'a second one waits',
  })
  t.same(await worker.stop('SIGTERM'), { code: 0, signal: null })
  await until(() => second.output().includes('consumer group reads from the bus again'), { timeoutMs: startMs, what: 'it takes over' })
  t.same(await second.stop('SIGTERM'), { code: 0, signal: null })
})

t.test('a start that cannot succeed says why in one line', async (t) => {
  const { worker } = await environments(t)
  for (const [wrong, line] of [
    [{ ADMIN_PORT: '65536', LOG_LEVEL: 'loud' }, /ADMIN_PORT must be .*LOG_LEVEL must be/],
    [{ DATABASE_URL: '' }, /DATABASE_URL .*is required/],
  ] as const) {
    t.match(await failedStart(t, 'crmWorker', { ...worker, ...wrong }), line)
  }
})

t.test('a taken admin port stops the start with one line, before it takes anything from a worker that has it', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const db = connectDatabase({ url: env.worker.DATABASE_URL ?? '', applicationName: 'test' })
  t.teardown(() => db.close())
  const port = Number(env.worker.ADMIN_PORT)
  const squatter = createServer().listen(port, '127.0.0.1')
  t.teardown(() => squatter.close())
  const line = await failedStart(t, 'crmWorker', env.worker)
  t.equal(line, `crm-worker cannot start: port ${port} on 127.0.0.1 is already in use (set ADMIN_PORT to another)\n`)
  t.strictSame([...(await db.sql`select from outbox_shards`)], [], 'it took no lease')
  squatter.close()
  const worker = await run(t, 'crmWorker', env.worker)
  await until(async () => (await fetch(`${env.adminUrl}/ready`)).ok, { timeoutMs: startMs, what: 'it is ready' })
  t.same(await worker.stop('SIGTERM'), { code: 0, signal: null })
})

t.test('SIGTERM ends it in order while it waits for a broker that says nothing', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const broker = createServer((socket) => void socket.on('error', () => {}))
  t.teardown(() => broker.close())
  broker.listen(0, '127.0.0.1')
  await once(broker, 'listening')
  const address = broker.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const asked = once(broker, 'connection')
  const { BUS_DATABASE_URL: _, ...worker } = env.worker
  const starting = await run(t, 'crmWorker', { ...worker, KAFKA_BROKERS: `127.0.0.1:${port}`, DRAIN_MS: '0' })
  await asked
  t.same(await starting.stop('SIGTERM'), { code: 0, signal: null })
})
