import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import t from 'tap'
import { environments, migrateAll, run, startMs } from './processes.ts'
import { acmeWest, west } from './system.ts'

t.test('logs follow a request by its id and hold no personal data, also when a statement fails', async (t) => {
  const env = await environments(t)
  await migrateAll(t, env)
  const log = { LOG_LEVEL: 'debug' }
  await run(t, 'userService', env.user)
  const service = await run(t, 'crmService', { ...env.crm, ...log })
  const worker = await run(t, 'crmWorker', { ...env.worker, ...log })
  for (const url of [env.userUrl, env.crmUrl, env.adminUrl]) {
    await until(async () => (await fetch(`${url}/ready`)).ok, { timeoutMs: startMs, what: `${url} is ready` })
  }
  const db = connectDatabase({ url: env.crm.DATABASE_URL ?? '', applicationName: 'test' })
  t.teardown(() => db.close())
  const create = (requestId: string) =>
    checkedFetch(`${env.crmUrl}/v1/leads`, {
      method: 'POST',
      headers: { 'x-user-id': west, 'content-type': 'application/json', 'x-request-id': requestId },
      body: JSON.stringify({ name: 'Secretive Person', email: 'secretive@example.com', companyId: acmeWest }),
    })

  await db.sql`alter table leads add constraint broken check (email <> 'secretive@example.com')`
  t.equal((await create('the-failing-request')).status, 500)
  await db.sql`alter table leads drop constraint broken`
  t.equal((await create('the-request')).status, 201)
  await until(async () => (await db.sql`select from leads where status = 'QUALIFIED'`).length === 1, {
    timeoutMs: 30_000,
    what: 'QUALIFIED',
  })
  await Promise.all([service.stop(), worker.stop()])

  const lines = service
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(
    lines.find(({ requestId, status }) => requestId === 'the-request' && status !== undefined),
    { service: 'crm-service', level: 'info', method: 'POST', route: '/v1/leads', status: 201 },
  )
  t.match(
    lines.filter(({ level, requestId }) => level === 'error' && requestId === 'the-failing-request').map((line) => JSON.stringify(line)),
    [/violates check constraint/],
    'what was wrong is there',
  )
  for (const { output } of [service, worker]) for (const secret of ['secretive', 'Secretive']) t.notMatch(output(), secret)
})
