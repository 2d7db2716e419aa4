import t from 'tap'
import { companyIds, startService, userIds } from './fixture.ts'

const { call, db, eventsOf } = await startService(t)
const { west, westSub } = companyIds
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

t.test('a company says what became of it, by whom and in which request', async (t) => {
  const headers = { 'x-request-id': 'request-1', traceparent }
  const { body: created } = await call('POST', '/v1/companies', { as: 'westAdmin', body: { name: 'Told', parentId: west }, headers })
  const path = `/v1/companies/${created.id}`
  await call('PATCH', path, { as: 'westAdmin', body: { name: 'Told' } })
  const { body: changed } = await call('PATCH', path, { as: 'acmeAdmin', body: { name: 'Told anew', isActive: false } })
  const state = { companyId: created.id, parentId: west, createdAt: created.createdAt }
  t.strictSame(await eventsOf(created.id), [
    {
      type: 'identity.company.created',
      sequence: 1,
      payload: { ...state, actorUserId: userIds.westAdmin, name: 'Told', isActive: true, updatedAt: created.createdAt },
      requestId: 'request-1',
      traceparent,
    },
    {
      type: 'identity.company.updated',
      sequence: 2,
      payload: {
        ...state,
        actorUserId: userIds.acmeAdmin,
        name: 'Told anew',
        isActive: false,
        updatedAt: changed.updatedAt,
        changes: { name: { from: 'Told', to: 'Told anew' }, isActive: { from: true, to: false } },
      },
      requestId: (await eventsOf(created.id))[1]?.requestId ?? 'missing',
      traceparent: null,
    },
  ])
})

t.test('a user says what became of them, with every changed field before and after', async (t) => {
  const body = { email: 'told@example.com', role: 'CHILD_USER', companyId: west, firstName: 'A', password: 'correct horse battery' }
  const { body: created } = await call('POST', '/v1/users', { as: 'westAdmin', body })
  const update = { email: 'retold@example.com', firstName: null, role: 'PARENT_ADMIN', companyId: westSub, isActive: false }
  const { body: changed } = await call('PATCH', `/v1/users/${created.id}`, { as: 'westAdmin', body: update })
  const { id, version: _, ...state } = created
  const { id: __, version: ___, ...stateAfter } = changed
  const events = (await eventsOf(id)).map(({ type, sequence, payload }) => ({ type, sequence, payload }))
  t.strictSame(events, [
    { type: 'identity.user.created', sequence: 1, payload: { ...state, userId: id, actorUserId: userIds.westAdmin } },
    {
      type: 'identity.user.updated',
      sequence: 2,
      payload: {
        ...stateAfter,
        userId: id,
        actorUserId: userIds.westAdmin,
        changes: {
          email: { from: 'told@example.com', to: 'retold@example.com' },
          firstName: { from: 'A', to: null },
          role: { from: 'CHILD_USER', to: 'PARENT_ADMIN' },
          companyId: { from: west, to: westSub },
          isActive: { from: true, to: false },
        },
      },
    },
  ])
})

t.test('an event is written with its change or not at all', async (t) => {
  await db.sql`alter table outbox add constraint broken check (type <> 'identity.company.updated') not valid`
  const answer = await call('PATCH', `/v1/companies/${westSub}`, { as: 'root', body: { name: 'Untold' } })
  await db.sql`alter table outbox drop constraint broken`
  t.match(answer, { status: 500, body: { code: 'internal_error' } })
  t.notMatch(JSON.stringify(answer.body), /outbox|constraint/)
  t.equal((await call('GET', `/v1/companies/${westSub}`, { as: 'root' })).body.name, 'westSub')
})

t.test('versions that change at once get one event each, in their order', async (t) => {
  const { body: company } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'Busy' } })
  await Promise.all(
    Array.from({ length: 12 }, (_, n) => call('PATCH', `/v1/companies/${company.id}`, { as: 'root', body: { name: `Busy ${n}` } })),
  )
  const events = await eventsOf(company.id)
  t.same(
    events.map(({ sequence }) => sequence),
    Array.from({ length: 13 }, (_, n) => n + 1),
  )
  const names = events.slice(1).map(({ payload }) => payload.changes.name)
  for (const [n, { from }] of names.entries()) t.equal(from, n === 0 ? 'Busy' : names[n - 1].to)
})
