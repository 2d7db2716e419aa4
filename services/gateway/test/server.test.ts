import { until } from '@crm/testing/poll.ts'
import { freePorts } from '@crm/testing/ports.ts'
import { startService } from '@crm/testing/service-processes.ts'
import t from 'tap'

t.test('the process runs alone, says in one line why it cannot start, and ends on SIGTERM', async (t) => {
  const [port, adminPort] = await freePorts(2)
  const url = `http://127.0.0.1:${port}`
  const free = await freePorts(2)
  const env = {
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    USER_SERVICE_URL: 'http://127.0.0.1:1',
    CRM_SERVICE_URL: 'http://127.0.0.1:1',
    LOG_LEVEL: 'fatal',
  }
  const running = await startService(t, { service: 'gateway', script: 'start', env })
  await until(async () => (await fetch(`${url}/ready`)).ok, { timeoutMs: 20_000, what: 'it is ready' })
  t.match(await (await fetch(`${url}/health`)).json(), { status: 'down' })
  t.match(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text(), 'process_cpu_seconds_total')
  t.match(await (await fetch(`${url}/v1/leads`, { headers: { authorization: 'Bearer x' } })).json(), { code: 'unauthenticated' })

  for (const [wrong, line] of [
    [{ ADMIN_PORT: String(free[0]) }, `gateway cannot start: port ${port} on 127.0.0.1 is already in use (set PORT to another)`],
    [{ PORT: String(free[1]) }, `gateway cannot start: port ${adminPort} on 127.0.0.1 is already in use (set ADMIN_PORT to another)`],
    [{ PORT: 'eighty', USER_SERVICE_URL: 'nowhere' }, /^gateway cannot start: PORT must be .*USER_SERVICE_URL must be /],
  ] as const) {
    const failing = await startService(t, { service: 'gateway', script: 'start', env: { ...env, ...wrong } })
    t.match(await failing.exited, { code: 1 })
    t.match(failing.stderr().trim(), line)
  }
  t.same(await running.stop('SIGTERM'), { code: 0, signal: null })
  t.equal(running.output(), '')
})
