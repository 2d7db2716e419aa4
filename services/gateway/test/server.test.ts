import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startService } from '@crm/testing/service-processes.ts'
import t from 'tap'

t.test('the process runs alone, says in one line why it cannot start, and ends on SIGTERM', async (t) => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { PORT: String(port), USER_SERVICE_URL: 'http://127.0.0.1:1', CRM_SERVICE_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'fatal' }
  const running = await startService(t, { service: 'gateway', script: 'start', env })
  await until(async () => (await fetch(`${url}/ready`)).ok, { timeoutMs: 20_000, what: 'it is ready' })
  t.match(await (await fetch(`${url}/health`)).json(), { status: 'down' })
  t.match(await (await fetch(`${url}/v1/leads`, { headers: { authorization: 'Bearer x' } })).json(), { code: 'unauthenticated' })

  for (const [wrong, line] of [
    [{}, `gateway cannot start: port ${port} on 127.0.0.1 is already in use (set PORT to another)`],
    [{ PORT: 'eighty', USER_SERVICE_URL: 'nowhere' }, /^gateway cannot start: PORT must be .*USER_SERVICE_URL must be /],
  ] as const) {
    const failing = await startService(t, { service: 'gateway', script: 'start', env: { ...env, ...wrong } })
    t.match(await failing.exited, { code: 1 })
    t.match(failing.stderr().trim(), line)
  }
  t.same(await running.stop('SIGTERM'), { code: 0, signal: null })
  t.equal(running.output(), '')
})
