import t from 'tap'
import { startService, type UserName, unknownId, userIds } from '../../fixture.ts'
import { givePassword, hashesOf, login, password, refresh, signIn } from '../../sign-in.ts'

const service = await startService(t)
const { call, db, eventsOf } = service

const newPassword = 'another good password'
const mine = '/v1/users/me/password'

t.beforeEach(async () => {
  await givePassword(service, 'westUser', 'westAdmin', 'root', 'closedUser')
  await db.sql`delete from login_attempts`
})

t.test('who shows the current password gets another; the session goes on, all others end', async (t) => {
  const [other, current] = [await signIn(service, 'westUser'), await signIn(service, 'westUser')]
  const before = await call('GET', '/v1/users/me', { headers: current.headers })
  t.match(await call('PUT', mine, { headers: current.headers, body: { currentPassword: password, newPassword } }), {
    status: 204,
    body: '',
  })
  t.match(await call('GET', '/v1/users/me', { headers: current.headers }), { status: 200, body: { version: before.body.version + 1 } })
  t.match(await refresh(service, current.refreshToken), { status: 200 })
  t.match(await call('GET', '/v1/users/me', { headers: other.headers }), { status: 401 })
  t.match(await refresh(service, other.refreshToken), { status: 401 })
  t.match(await login(service, 'westUser'), { status: 401 })
  t.match(await login(service, 'westUser', { password: newPassword }), { status: 200 })
  const events = await eventsOf(userIds.westUser)
  t.match(
    events.filter(({ type }) => type === 'identity.user.password-changed'),
    [{ sequence: before.body.version + 1, payload: { userId: userIds.westUser, actorUserId: userIds.westUser, changedAt: /Z$/ } }],
  )
  t.match(
    events.filter(({ type }) => type === 'identity.session.ended'),
    [{ payload: { sessionId: other.sessionId, reason: 'CREDENTIALS_CHANGED' } }],
  )
  t.notMatch(JSON.stringify(events), newPassword)
})

t.test('a wrong current password changes nothing', async (t) => {
  const [before] = await db.sql`select password_hash, version from users where id = ${userIds.westUser}`
  const answer = await call('PUT', mine, { as: 'westUser', body: { currentPassword: 'wrong', newPassword } })
  t.match(answer, { status: 401, body: { code: 'invalid_credentials' }, headers: { 'www-authenticate': /Bearer/ } })
  t.notMatch(JSON.stringify(answer.body), newPassword)
  t.same(await db.sql`select password_hash, version from users where id = ${userIds.westUser}`, [before])
})

t.test('who has no password yet cannot set one by themselves', async (t) => {
  t.match(await call('PUT', mine, { as: 'eastUser', body: { currentPassword: 'any', newPassword } }), { status: 401 })
})

t.test('of two changes at the same moment one counts', async (t) => {
  const change = (n: number) =>
    call('PUT', mine, { as: 'westAdmin', body: { currentPassword: password, newPassword: `${newPassword} ${n}` } })
  const answers = await Promise.all([change(1), change(2), change(3)])
  t.same(answers.map(({ status }) => status).sort(), [204, 401, 401])
  const winner = answers.findIndex(({ status }) => status === 204) + 1
  t.match(await login(service, 'westAdmin', { password: `${newPassword} ${winner}` }), { status: 200 })
})

t.test('new passwords have ten characters or more', async (t) => {
  for (const bad of ['ninechars', 'x'.repeat(201), '']) {
    const body = { currentPassword: password, newPassword: bad }
    t.match(await call('PUT', mine, { as: 'westUser', body }), { status: 400, body: { errors: [{ pointer: '/body/newPassword' }] } })
    const reset = await call('PUT', `/v1/users/${userIds.westUser}/password`, { as: 'westAdmin', body: { newPassword: bad } })
    t.match(reset, { status: 400, body: { errors: [{ pointer: '/body/newPassword' }] } })
  }
})

const resets: [UserName, string, number, string?][] = [
  ['westAdmin', userIds.westUser, 204],
  ['westAdmin', userIds.westInactive, 204],
  ['root', userIds.westUser, 204],
  ['root', userIds.westAdmin, 204],
  ['acmeAdmin', userIds.westAdmin, 204],
  ['westAdmin', userIds.westAdmin, 403, 'forbidden'],
  ['root', userIds.root, 403, 'forbidden'],
  ['westUser', userIds.westUser, 403, 'forbidden'],
  ['westUser', userIds.westColleague, 404, 'not_found'],
  ['westAdmin', userIds.acmeAdmin, 404, 'not_found'],
  ['westAdmin', userIds.eastUser, 404, 'not_found'],
  ['westAdmin', userIds.root, 404, 'not_found'],
  ['westAdmin', unknownId, 404, 'not_found'],
  ['root', userIds.closedUser, 422, 'company_inactive'],
  ['root', userIds.closedChildUser, 422, 'company_inactive'],
]
for (const [as, userId, status, code] of resets) {
  const name = Object.keys(userIds).find((user) => userIds[user as UserName] === userId) ?? 'nobody'
  t.test(`${as} resetting the password of ${name} gets ${status} ${code ?? ''}`, async (t) => {
    const before = await db.sql`select password_hash from users where id = ${userId}`
    const hashes = await hashesOf(service, 'store')
    const answer = await call('PUT', `/v1/users/${userId}/password`, { as, body: { newPassword } })
    t.match({ status: answer.status, code: answer.body.code }, { status, code })
    t.equal((await hashesOf(service, 'store')) - hashes, status === 204 ? 1 : 0, 'hashed only for those who may')
    const after = await db.sql`select password_hash from users where id = ${userId}`
    if (status === 204) t.notSame(after, before)
    else t.same(after, before)
  })
}

t.test('a reset ends every session of the user and is told of', async (t) => {
  const { headers, refreshToken, sessionId } = await signIn(service, 'westUser')
  await db.sql`delete from outbox`
  await call('PUT', `/v1/users/${userIds.westUser}/password`, { as: 'westAdmin', body: { newPassword } })
  t.match(await call('GET', '/v1/users/me', { headers }), { status: 401 })
  t.match(await refresh(service, refreshToken), { status: 401 })
  t.match(await login(service, 'westUser', { password: newPassword }), { status: 200 })
  const events = (await eventsOf(userIds.westUser)).filter(({ payload }) => payload.actorUserId === userIds.westAdmin)
  t.match(events[0], { type: 'identity.user.password-changed', payload: { userId: userIds.westUser } })
  t.ok(
    events.some(
      ({ type, payload }) => type === 'identity.session.ended' && payload.reason === 'CREDENTIALS_RESET' && payload.sessionId === sessionId,
    ),
  )
})
