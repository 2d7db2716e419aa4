import { until } from '@crm/testing/poll.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import t from 'tap'
import { environments, failedStart, migrateAll, run, startMs } from './processes.ts'
import { acmeWest, west } from './system.ts'

const isReady = (url: string) => async () => (await fetch(`${url}/ready`)).ok
const headers = { 'x-user-id': west, 'content-type': 'application/json' }

t.test('each process runs alone: a lead created at crm-service is QUALIFIED by crm-worker, and all end on SIGTERM', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const processes = await Promise.all([run(t, 'userService', env.user), run(t, 'crmService', env.crm), run(t, 'crmWorker', env.worker)])
  for (const url of [env.userUrl, env.crmUrl, env.adminUrl]) await until(isReady(url), { timeoutMs: startMs, what: `${url} is ready` })

  const body = JSON.stringify({ name: 'Leonie', email: 'alone@example.com', companyId: acmeWest })
  const created = await checkedFetch(`${env.crmUrl}/v1/leads`, { method: 'POST', headers, body })
  t.equal(created.status, 201)
  const { id } = (await created.json()) as { id: string }
  const qualified = async () => {
    const answer = await checkedFetch(`${env.crmUrl}/v1/leads/${id}`, { headers })
    const lead = (await answer.json()) as { status: string }
    return lead.status === 'QUALIFIED' && lead
  }
  t.match(await until(qualified, { timeoutMs: 30_000, what: 'the lead is QUALIFIED' }), { email: 'alone@example.com', version: 2 })

  for (const running of processes.toReversed()) {
    t.same(await running.stop('SIGTERM'), { code: 0, signal: null })
    t.equal(running.output(), '', 'nothing went wrong on the way')
  }
})

t.test('the process is unready until its database is migrated, and says what to do', async (t) => {
  const env = await environments(t)
  const server = await run(t, 'crmService', env.crm)
  const unready = await until(() => fetch(`${env.crmUrl}/ready`), { timeoutMs: startMs, what: 'the server' })
  t.equal(unready.status, 503)
  t.match(await unready.json(), { reasons: [/run the migrate command/] })
  await migrateAll(t, env)
  await until(isReady(env.crmUrl), { timeoutMs: startMs, what: 'it is ready once migrated' })

  const second = await failedStart(t, 'crmService', env.crm)
  t.equal(second, `crm-service cannot start: port ${env.crm.PORT} on 127.0.0.1 is already in use (set PORT to another)\n`)
  t.same(await server.stop('SIGINT'), { code: 0, signal: null })
})

t.test('a start that cannot succeed says why in one line', async (t) => {
  const { crm } = await environments(t)
  for (const [wrong, line] of [
    [{ PORT: 'eighty', DRAIN_MS: '-1', USER_SERVICE_URL: 'nowhere' }, /PORT must be .*USER_SERVICE_URL must be .*DRAIN_MS must be/],
    [{ DATABASE_URL: '', BUS_DATABASE_URL: '' }, /DATABASE_URL .*is required.*BUS_DATABASE_URL .*is required/],
    [{ HOST: '0.0.0.0' }, /AUTH_MODE=header is refused on HOST=0\.0\.0\.0/],
    [{ NODE_ENV: 'production' }, /AUTH_MODE=header is refused with NODE_ENV=production/],
  ] as const) {
    t.match(await failedStart(t, 'crmService', { ...crm, ...wrong }), line)
  }
})

t.test('SIGTERM ends it although clients keep their connections', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const server = await run(t, 'crmService', { ...env.crm, DRAIN_MS: '3000' })
  await until(isReady(env.crmUrl), { timeoutMs: startMs, what: 'it is ready' })
  const ended = server.stop('SIGTERM')
  await until(async () => (await fetch(`${env.crmUrl}/ready`)).status === 503, { timeoutMs: 10_000, intervalMs: 5, what: 'it drains' })
  t.same(await ended, { code: 0, signal: null })
})
