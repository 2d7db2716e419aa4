import t from 'tap'
import { companyIds, startService, unknownId, userIds } from '../../fixture.ts'
import { givePassword, login, refresh, signIn } from '../../sign-in.ts'

const service = await startService(t)
const { call, db, eventsOf } = service
await givePassword(service, 'westUser', 'westAdmin', 'root')

const path = '/v1/users/me/sessions'

t.beforeEach(() => db.sql`update sessions set ended_at = now() - interval '1 second' where ended_at is null`)

t.test('the caller sees the sessions of theirs that live, and which one they are in', async (t) => {
  const [old, expired, ended, current] = [
    await signIn(service, 'westUser'),
    await signIn(service, 'westUser'),
    await signIn(service, 'westUser'),
    await signIn(service, 'westUser'),
  ]
  await signIn(service, 'westAdmin')
  await db.sql`update sessions set expires_at = now() - interval '1 second' where id = ${expired.sessionId}`
  await db.sql`update sessions set ended_at = now() - interval '1 second' where id = ${ended.sessionId}`
  await db.sql`update sessions set created_at = created_at - interval '1 day' where id = ${old.sessionId}`
  const { status, body } = await call('GET', path, { headers: current.headers })
  t.equal(status, 200)
  t.match(body, {
    data: [
      { id: current.sessionId, isCurrent: true, kind: 'token', address: '127.0.0.1', userAgent: /lightMyRequest/ },
      { id: old.sessionId, isCurrent: false },
    ],
    page: { nextCursor: null },
  })
  t.equal(body.data.length, 2)
  t.notMatch(JSON.stringify(body), current.refreshToken)
  const first = await call('GET', `${path}?limit=1&orderBy=createdAt&includeTotal=true`, { headers: current.headers })
  t.match(first.body, { data: [{ id: old.sessionId }], page: { total: 2 } })
  const next = await call('GET', `${path}?limit=1&orderBy=createdAt&cursor=${first.body.page.nextCursor}`, { headers: current.headers })
  t.match(next.body, { data: [{ id: current.sessionId }], page: { nextCursor: null } })
})

t.test('a session that is ended is refused from then on, with its access and refresh tokens', async (t) => {
  const [lost, kept] = [await signIn(service, 'westUser'), await signIn(service, 'westUser')]
  t.match(await call('GET', '/v1/users/me/access', { headers: lost.headers }), { body: { sessionId: lost.sessionId } })
  t.match(await call('DELETE', `${path}/${lost.sessionId}`, { headers: kept.headers }), { status: 204, body: '' })
  for (const asked of ['/v1/users/me/access', '/v1/users/me', '/v1/companies']) {
    t.match(await call('GET', asked, { headers: lost.headers }), { status: 401, body: { code: 'unauthenticated' } }, asked)
    t.match(await call('GET', asked, { headers: kept.headers }), { status: 200 }, asked)
  }
  t.match(await refresh(service, lost.refreshToken), { status: 401, body: { code: 'invalid_credentials' } })
  t.match(await call('GET', '/v1/users/me', { as: 'westUser' }), { status: 200 }, 'in header mode the user is still known')
  const ends = (await eventsOf(userIds.westUser)).filter(
    ({ type, payload }) => type === 'identity.session.ended' && payload.sessionId === lost.sessionId,
  )
  t.match(ends, [{ sequence: null, payload: { reason: 'ENDED_BY_USER', actorUserId: userIds.westUser } }])
})

t.test('nobody ends a session of somebody else, or one that does not live', async (t) => {
  const [own, others] = [await signIn(service, 'root'), await signIn(service, 'westUser')]
  for (const id of [others.sessionId, unknownId]) {
    t.match(await call('DELETE', `${path}/${id}`, { headers: own.headers }), { status: 404, body: { code: 'not_found' } })
  }
  t.match(await call('GET', '/v1/users/me', { headers: others.headers }), { status: 200 })
  t.match(await call('DELETE', `${path}/${own.sessionId}`, { as: 'root' }), { status: 204 })
  t.match(await call('DELETE', `${path}/${own.sessionId}`, { as: 'root' }), { status: 404 })
})

t.test('ending a session is once for an Idempotency-Key', async (t) => {
  const [lost, kept] = [await signIn(service, 'westUser'), await signIn(service, 'westUser')]
  const headers = { ...kept.headers, 'idempotency-key': 'end-it' }
  t.match(await call('DELETE', `${path}/${lost.sessionId}`, { headers }), { status: 204, headers: { 'idempotent-replayed': undefined } })
  t.match(await call('DELETE', `${path}/${lost.sessionId}`, { headers }), { status: 204, headers: { 'idempotent-replayed': 'true' } })
})

t.test('a session is refused that is of another user, has expired, or never was', async (t) => {
  const { headers, sessionId } = await signIn(service, 'westUser')
  t.match(await call('GET', '/v1/users/me', { headers: { ...headers, 'x-user-id': userIds.root } }), { status: 401 })
  await db.sql`update sessions set user_id = ${userIds.root} where id = ${sessionId}`
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 }, 'of another user')
  await db.sql`update sessions set user_id = ${userIds.westUser} where id = ${sessionId}`
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 200 })
  await db.sql`update sessions set expires_at = now() - interval '1 second' where id = ${sessionId}`
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 }, 'expired')
  await db.sql`delete from sessions where id = ${sessionId}`
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 }, 'gone')
})

t.test('deactivating a user ends their sessions for good', async (t) => {
  const { headers, sessionId, refreshToken } = await signIn(service, 'westUser')
  const user = `/v1/users/${userIds.westUser}`
  t.match(await call('PATCH', user, { as: 'westAdmin', body: { isActive: false } }), { status: 200 })
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 })
  t.match(await call('PATCH', user, { as: 'westAdmin', body: { isActive: true } }), { status: 200 })
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 }, 'also once they are back')
  t.match(await refresh(service, refreshToken), { status: 401 })
  const ends = (await eventsOf(userIds.westUser)).filter(
    ({ type, payload }) => type === 'identity.session.ended' && payload.sessionId === sessionId,
  )
  t.match(ends, [{ payload: { reason: 'USER_DEACTIVATED', actorUserId: userIds.westAdmin } }])
})

t.test('what changes of a user or their company is seen with the next request of a session', async (t) => {
  const { headers } = await signIn(service, 'westUser')
  const access = async () => (await call('GET', '/v1/users/me/access', { headers })).body
  t.match(await access(), { user: { role: 'CHILD_USER' }, descendantIds: [] })
  await call('PATCH', `/v1/users/${userIds.westUser}`, { as: 'westAdmin', body: { role: 'PARENT_ADMIN' } })
  t.match(await access(), { user: { role: 'PARENT_ADMIN' }, descendantIds: [/.+/] })
  const company = `/v1/companies/${(await access()).user.companyId}`
  await call('PATCH', company, { as: 'root', body: { isActive: false } })
  t.match(await access(), { code: 'unauthenticated' })
  await call('PATCH', company, { as: 'root', body: { isActive: true } })
  t.match(await access(), { user: { role: 'PARENT_ADMIN' } }, 'the session goes on with the company')
})

t.test('while their company is inactive a user is refused everywhere, and with the company their sessions are back', async (t) => {
  const { headers, refreshToken, sessionId } = await signIn(service, 'westUser')
  const activate = (isActive: boolean) => call('PATCH', `/v1/companies/${companyIds.acme}`, { as: 'root', body: { isActive } })
  t.match(await activate(false), { status: 200 })
  // Other services remember access for a second at most; this one answers from its tables.
  for (const asked of ['/v1/users/me/access', '/v1/users/me', '/v1/companies', path]) {
    t.match(await call('GET', asked, { headers }), { status: 401, body: { code: 'unauthenticated' } }, asked)
  }
  t.match(await refresh(service, refreshToken), { status: 401 })
  t.match(await login(service, 'westUser'), { status: 401 })
  t.match(await activate(true), { status: 200 })
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 200 })
  t.match(await refresh(service, refreshToken), { status: 200 }, 'the refused refresh used nothing up')
  const ends = (await eventsOf(userIds.westUser)).filter(
    ({ type, payload }) => type === 'identity.session.ended' && payload.sessionId === sessionId,
  )
  t.same(ends, [], 'nothing ended')
})
