import t, { type Test } from 'tap'
import { companyIds, startService, type UserName, unknownId, userIds } from '../../fixture.ts'

const { westSub, east, acme, globex, closed } = companyIds

const shared = startService(t)

const changes: [UserName, UserName, object, number, string?][] = [
  ['westUser', 'westUser', { firstName: 'New', lastName: 'Name' }, 200],
  ['westUser', 'westUser', { firstName: null }, 200],
  ['westUser', 'westUser', { email: 'other@example.com' }, 403, 'forbidden'],
  ['westUser', 'westUser', { role: 'PARENT_ADMIN' }, 403, 'forbidden'],
  ['westUser', 'westUser', { isActive: false }, 403, 'forbidden'],
  ['westUser', 'westUser', { companyId: westSub }, 403, 'forbidden'],
  ['westUser', 'westColleague', { firstName: 'Prank' }, 404, 'not_found'],
  ['westAdmin', 'westUser', { email: 'Other@Example.com', lastName: 'X' }, 200],
  ['westAdmin', 'westUser', { role: 'PARENT_ADMIN' }, 200],
  ['westAdmin', 'westUser', { companyId: westSub }, 200],
  ['westAdmin', 'westUser', { isActive: false }, 200],
  ['westAdmin', 'westInactive', { isActive: true }, 200],
  ['westAdmin', 'westUser', { role: 'SYSTEM_ADMIN', companyId: null }, 403, 'forbidden'],
  ['westAdmin', 'westUser', { companyId: null }, 400, 'validation_failed'],
  ['westAdmin', 'westUser', { companyId: acme }, 403, 'forbidden'],
  ['westAdmin', 'westUser', { companyId: east }, 422, 'company_not_found'],
  ['westAdmin', 'westUser', { companyId: unknownId }, 422, 'company_not_found'],
  ['westAdmin', 'acmeAdmin', { firstName: 'X' }, 404, 'not_found'],
  ['westAdmin', 'root', { isActive: false }, 404, 'not_found'],
  ['westAdmin', 'westAdmin', { firstName: 'X', email: 'boss@example.com' }, 200],
  ['westAdmin', 'westAdmin', { role: 'CHILD_USER' }, 403, 'forbidden'],
  ['westAdmin', 'westAdmin', { companyId: westSub }, 403, 'forbidden'],
  ['westAdmin', 'westAdmin', { isActive: false }, 403, 'forbidden'],
  ['acmeAdmin', 'westAdmin', { role: 'CHILD_USER', companyId: east }, 200],
  ['root', 'westUser', { companyId: globex }, 200],
  ['root', 'westUser', { companyId: closed }, 422, 'company_inactive'],
  ['root', 'westUser', { role: 'SYSTEM_ADMIN', companyId: null }, 200],
  ['root', 'westUser', { role: 'SYSTEM_ADMIN' }, 400, 'validation_failed'],
  ['root', 'root', { lastName: 'Root' }, 200],
  ['root', 'root', { isActive: false }, 403, 'forbidden'],
  ['root', 'root', { role: 'PARENT_ADMIN', companyId: acme }, 403, 'forbidden'],
  ['root', 'closedUser', { firstName: 'X' }, 422, 'company_inactive'],
  ['root', 'closedUser', { isActive: false }, 422, 'company_inactive'],
  ['root', 'closedChildUser', { firstName: 'X' }, 422, 'company_inactive'],
  ['root', 'closedUser', { companyId: globex, firstName: 'X' }, 200],
  ['root', 'closedUser', { firstName: 'closedUser' }, 200],
  ['root', 'closedUser', { role: 'SYSTEM_ADMIN', companyId: null }, 200],
]

t.test('who may change what', async (t) => {
  for (const [as, whom, body, status, code] of changes) {
    // Each on its own: a change must not decide what the next one finds.
    await t.test(`${as} changing ${JSON.stringify(body)} of ${whom} gets ${status} ${code ?? ''}`, async (t) => {
      const { call } = await sharedService(t)
      const path = `/v1/users/${userIds[whom]}`
      const before = await call('GET', path, { as: 'root' })
      const answer = await call('PATCH', path, { as, body })
      t.match({ status: answer.status, code: answer.body.code }, { status, code })
      if (status === 200) t.match(answer.body, 'email' in body ? { ...body, email: String(body.email).toLowerCase() } : body)
      else t.strictSame((await call('GET', path, { as: 'root' })).body, before.body, 'nothing was written')
      if (code === 'validation_failed') t.match(answer.body.errors, [{ pointer: '/body/companyId' }])
    })
  }
})

/** One service for all; what a test changed is put back. */
async function sharedService(t: Test) {
  const service = await shared
  const { sql } = service.db
  await sql`create table if not exists users_before as select * from users`
  t.teardown(async () => {
    await sql`
      update users u set (email, first_name, last_name, role, company_id, is_active, version, updated_at) =
        (b.email, b.first_name, b.last_name, b.role, b.company_id, b.is_active, b.version, b.updated_at)
      from users_before b where b.id = u.id`
  })
  return service
}

t.test('a change that repeats what is there is none, also of fields the caller may not change', async (t) => {
  const { call, eventsOf } = await sharedService(t)
  const { body: before } = await call('GET', '/v1/users/me', { as: 'westUser' })
  const { email, role, companyId, isActive, firstName } = before
  const events = await eventsOf(before.id)
  const answer = await call('PATCH', `/v1/users/${before.id}`, { as: 'westUser', body: { email, role, companyId, isActive, firstName } })
  t.equal(answer.status, 200)
  t.strictSame(answer.body, before)
  t.strictSame(await eventsOf(before.id), events)
})

t.test('If-Match guards a user: 412 with the current ETag', async (t) => {
  const { call } = await sharedService(t)
  const path = `/v1/users/${userIds.eastUser}`
  t.equal((await call('PATCH', path, { as: 'root', body: { firstName: 'A' }, headers: { 'if-match': '"1"' } })).headers.etag, '"2"')
  const stale = await call('PATCH', path, { as: 'root', body: { firstName: 'B' }, headers: { 'if-match': '"1"' } })
  t.match(
    { status: stale.status, code: stale.body.code, etag: stale.headers.etag },
    { status: 412, code: 'precondition_failed', etag: '"2"' },
  )
})

t.test('a deactivated user is turned away at once', async (t) => {
  const { call } = await sharedService(t)
  t.equal((await call('GET', '/v1/users/me', { as: 'westUser' })).status, 200)
  await call('PATCH', `/v1/users/${userIds.westUser}`, { as: 'westAdmin', body: { isActive: false } })
  t.equal((await call('GET', '/v1/users/me', { as: 'westUser' })).status, 401)
})

for (const [how, body] of [
  ['deactivated', { isActive: false }],
  ['demoted', { role: 'CHILD_USER', companyId: globex }],
] as const) {
  t.test(`two SYSTEM_ADMINs who would have each other ${how} at once: one of them stays`, async (t) => {
    for (let round = 0; round < 10; round++) {
      await t.test(`round ${round}`, async (t) => {
        const { call, db } = await sharedService(t)
        const second = userIds.westUser
        await db.sql`update users set role = 'SYSTEM_ADMIN', company_id = null where id = ${second}`
        const answers = await Promise.all([
          call('PATCH', `/v1/users/${second}`, { as: 'root', body }),
          call('PATCH', `/v1/users/${userIds.root}`, { as: second, body }),
        ])
        const statuses = answers.map(({ status }) => status).sort()
        // Who comes second is refused as the last one, or is no SYSTEM_ADMIN any more.
        t.ok(statuses[0] === 200 && [401, 403, 404].includes(statuses[1] ?? 0), `${statuses}`)
        const [left] = await db.sql`select count(*)::int as admins from users where role = 'SYSTEM_ADMIN' and is_active`
        t.equal(left?.admins, 1)
      })
    }
  })
}

t.test('whoever may change no SYSTEM_ADMIN waits for none of them, nor lets them wait', async (t) => {
  const { call, db } = await sharedService(t)
  await db.transaction(async ({ sql }) => {
    await sql`select from users where id = ${userIds.root} for update`
    t.equal((await call('PATCH', `/v1/users/${userIds.root}`, { as: 'eastUser', body: { isActive: false } })).status, 404)
    t.equal((await call('PATCH', `/v1/users/${userIds.westUser}`, { as: 'westAdmin', body: { isActive: false } })).status, 200)
  })
})
