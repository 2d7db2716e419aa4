import { createServer } from 'node:net'
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

  const second = await failedStart(t, 'crmWorker', { ...env.worker, ADMIN_PORT: '0' })
  t.match(second, /consumer group .* is in use by another consumer/)
  t.same(await worker.stop('SIGTERM'), { code: 0, signal: null })
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

t.test('a taken admin port stops the start with one line, and the bus is free for the next', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const port = Number(env.worker.ADMIN_PORT)
  const squatter = createServer().listen(port, '127.0.0.1')
  t.teardown(() => squatter.close())
  const line = await failedStart(t, 'crmWorker', env.worker)
  t.equal(line, `crm-worker cannot start: port ${port} on 127.0.0.1 is already in use (set ADMIN_PORT to another)\n`)
  squatter.close()
  const worker = await run(t, 'crmWorker', env.worker)
  await until(async () => (await fetch(`${env.adminUrl}/ready`)).ok, { timeoutMs: startMs, what: 'it is ready' })
  t.same(await worker.stop('SIGTERM'), { code: 0, signal: null })
})
