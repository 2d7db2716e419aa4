import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { acmeAdmin, acmeEast, acmeWest, startSystem, west } from './system.ts'

t.test('user-service stopped: requests that need it get 503 in under a second, and all recovers by itself', async (t) => {
  const system = await startSystem(t)
  const create = (as: string, email: string, companyId: string) =>
    system.call('POST', '/v1/leads', { as, body: { name: 'Leonie', email, companyId } })
  t.equal((await create(acmeAdmin, 'before@example.com', acmeEast)).status, 201)
  await system.userService.stop()

  const tookMs: number[] = []
  for (let attempt = 0; attempt < 12; attempt++) {
    const askedAt = performance.now()
    const answer = await create(west, `during${attempt}@example.com`, acmeWest)
    tookMs.push(performance.now() - askedAt)
    t.match(answer, { status: 503, body: { code: 'dependency_unavailable' }, headers: { 'retry-after': '1' } })
  }
  // A machine that stalls makes one of them late; a deadline that does not hold would make several.
  const [slowest = 0, next = 0] = tookMs.toSorted((a, b) => b - a).map(Math.round)
  t.ok(next < 1_000, `the slowest took ${slowest} ms, the next ${next} ms`)
  const health = await system.call<{ status: string }>('GET', '/ready', { as: undefined })
  t.equal(health.status, 200, 'the service itself is ready')

  await system.userService.restart()
  await until(async () => (await create(west, 'after@example.com', acmeWest)).status === 201, {
    timeoutMs: 30_000,
    intervalMs: 50,
    what: 'leads can be created again',
  })
  t.equal((await system.sql`select from leads where email like 'during%'`).length, 0, 'what was refused was not stored')
})
