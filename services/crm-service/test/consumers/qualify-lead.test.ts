import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { acmeWest, type System, startSystem, west } from '../system.ts'

const body = (email: string) => ({ name: 'Leonie', email, companyId: acmeWest })

async function create(system: System, email: string, headers: Record<string, string> = {}) {
  const answer = await system.call('POST', '/v1/leads', { as: west, body: body(email), headers })
  if (answer.status !== 201) throw new Error(`the lead was answered ${answer.status}: ${answer.body.code}`)
  return answer.body
}

async function qualifiedEvents(system: System): Promise<{ recordId: string; count: number }[]> {
  return [
    ...(await system.sql<{ recordId: string; count: number }[]>`
    select record_id as "recordId", count(*)::int as count from outbox where type = 'lead.qualified' group by record_id`),
  ]
}

t.test('a NEW lead becomes QUALIFIED, with one lead.qualified from the same transaction', async (t) => {
  const system = await startSystem(t)
  await system.startWorker()
  const { id } = await create(system, 'one@example.com', { 'x-request-id': 'the-request' })
  const lead = await until(
    async () => {
      const { body } = await system.call('GET', `/v1/leads/${id}`, { as: west })
      return body.status === 'QUALIFIED' && body
    },
    { timeoutMs: 10_000, what: 'the lead is qualified' },
  )
  t.equal(lead.version, 2)
  const [, event] = await system.eventsOf(id)
  t.match(event, {
    type: 'lead.qualified',
    sequence: 2,
    requestId: 'the-request',
    payload: {
      leadId: id,
      companyId: acmeWest,
      actorUserId: null,
      status: 'QUALIFIED',
      changes: { status: { from: 'NEW', to: 'QUALIFIED' } },
    },
  })
})

t.test('CONTACTED and REJECTED are never overwritten, however late the worker is', async (t) => {
  const system = await startSystem(t)
  const set = async (status: string) => {
    const { id } = await create(system, `${status}@example.com`)
    await system.call('PATCH', `/v1/leads/${id}`, { as: west, body: { status } })
    return id
  }
  const [contacted, rejected] = [await set('CONTACTED'), await set('REJECTED')]
  const fresh = await create(system, 'fresh@example.com')
  await system.startWorker()
  await until(async () => (await qualifiedEvents(system)).length === 1, { timeoutMs: 10_000, what: 'the NEW lead is qualified' })
  await until(async () => (await system.sql`select from inbox`).length === 3, { timeoutMs: 10_000, what: 'all three events are handled' })
  t.same(await qualifiedEvents(system), [{ recordId: fresh.id, count: 1 }])
  for (const [id, status] of [
    [contacted, 'CONTACTED'],
    [rejected, 'REJECTED'],
  ] as const) {
    t.equal((await system.call('GET', `/v1/leads/${id}`, { as: west })).body.status, status)
  }
})

t.test('a lead deleted before the worker came is QUALIFIED when it is restored', async (t) => {
  const system = await startSystem(t)
  const { id } = await create(system, 'deleted@example.com')
  await system.call('DELETE', `/v1/leads/${id}`, { as: west })
  await system.startWorker()
  await until(async () => (await qualifiedEvents(system)).length === 1, { timeoutMs: 10_000, what: 'the deleted lead is qualified' })
  t.match(await system.call('POST', `/v1/leads/${id}/restore`, { as: west }), { status: 200, body: { status: 'QUALIFIED', version: 4 } })
})

t.test('an erased lead stays gone', async (t) => {
  const system = await startSystem(t)
  const { id } = await create(system, 'erased@example.com')
  await system.call('POST', `/v1/leads/${id}/erase`, { as: west })
  await system.startWorker()
  await until(async () => (await system.sql`select from inbox`).length === 1, { timeoutMs: 10_000, what: 'the event is handled' })
  t.same(await qualifiedEvents(system), [])
})

t.test('500 leads that waited for a worker are qualified, each once', async (t) => {
  const system = await startSystem(t)
  // A few at a time: all in one turn of the event loop, they would keep user-service beside them from answering in time.
  for (let made = 0; made < 500; made += 25) {
    await Promise.all(Array.from({ length: 25 }, (_, index) => create(system, `lead${made + index}@example.com`)))
  }
  await system.startWorker()
  await until(async () => (await qualifiedEvents(system)).length === 500, { timeoutMs: 60_000, what: 'all leads are qualified' })
  t.ok((await qualifiedEvents(system)).every(({ count }) => count === 1))
  t.equal((await system.sql`select from leads where status <> 'QUALIFIED' or version <> 2`).length, 0)
})
