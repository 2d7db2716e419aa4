import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { acmeAdmin, acmeEast, acmeWest, startSystem, west } from './system.ts'

t.test('user-service stopped: requests that need it get 503 in under a second, and all recovers by itself', async (t) => {
  const system = await startSystem(t)
  const create = (as: string, email: string, companyId: string) =>
    system.call('POST', '/v1/leads', { as, body: { name: 'Leonie', email, companyId } })
  t.equal((await create(acmeAdmin, 'before@example.com', acmeEast)).status, 201)
  await system.userService.stop()

  let slowest = 0
  for (let attempt = 0; attempt < 12; attempt++) {
    const askedAt = performance.now()
    const answer = await create(west, `during${attempt}@example.com`, acmeWest)
    slowest = Math.max(slowest, performance.now() - askedAt)
    t.match(answer, { status: 503, body: { code: 'dependency_unavailable' }, headers: { 'retry-after': '1' } })
  }
  t.ok(slowest < 1_000, `the slowest took ${Math.round(slowest)} ms`)
  const health = await system.call<{ status: string }>('GET', '/ready', { as: undefined })
  t.equal(health.status, 200, 'the service itself is ready')

  await system.userService.restart()
  await until(async () => (await create(west, 'after@example.com', acmeWest)).status === 201, {
    timeoutMs: 5_000,
    intervalMs: 50,
    what: 'leads can be created again',
  })
  t.equal((await system.sql`select from leads where email like 'during%'`).length, 0, 'what was refused was not stored')
})
