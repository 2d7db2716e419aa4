import t from 'tap'
import { companyIds, startService, unknownId, userIds } from '../../fixture.ts'

const { call, db } = await startService(t)

const callers: [string, Record<string, string>][] = [
  ['no x-user-id', {}],
  ['an empty x-user-id', { 'x-user-id': '' }],
  ['an x-user-id that is no UUID', { 'x-user-id': 'admin' }],
  ['an x-user-id with more behind it', { 'x-user-id': `${userIds.root}0` }],
  ['an x-user-id that came twice', { 'x-user-id': `${userIds.root}, ${userIds.root}` }],
  ['an unknown user', { 'x-user-id': unknownId }],
  ['an inactive user', { 'x-user-id': userIds.westInactive }],
  ['a user of an inactive company', { 'x-user-id': userIds.closedUser }],
  ['a user below an inactive company', { 'x-user-id': userIds.closedChildUser }],
  ['a token that is none', { 'x-user-id': userIds.root, authorization: 'Bearer x' }],
]

for (const [who, headers] of callers) {
  t.test(`${who} is 401, before anything else of the request is looked at`, async (t) => {
    for (const [method, path] of [
      ['GET', '/v1/users/me'],
      ['GET', '/v1/users/me/access'],
      ['GET', '/v1/companies?nonsense=1'],
      ['POST', '/v1/companies'],
    ] as const) {
      const { status, body, headers: sent } = await call(method, path, { headers })
      t.match({ status, code: body.code }, { status: 401, code: 'unauthenticated' }, path)
      t.match(sent, { 'www-authenticate': /Bearer/, 'content-type': /application\/problem\+json/, 'x-request-id': /.+/ })
    }
  })
}

t.test('an x-user-id in upper case is the same user', async (t) => {
  const { status, body } = await call('GET', '/v1/users/me', { headers: { 'x-user-id': userIds.root.toUpperCase() } })
  t.match({ status, id: body.id }, { status: 200, id: userIds.root })
})

t.test('in header mode a foreign Host is turned away with 421', async (t) => {
  const { status, body } = await call('GET', '/v1/users/me', { as: 'root', headers: { host: 'rebound.example.com' } })
  t.match({ status, code: body.code }, { status: 421, code: 'misdirected_request' })
})

const { acme, west, westSub, east, globex } = companyIds
const accesses: [keyof typeof userIds, object][] = [
  ['root', { user: { role: 'SYSTEM_ADMIN', companyId: null }, unrestricted: true, ancestorIds: [], descendantIds: [] }],
  [
    'acmeAdmin',
    { user: { role: 'PARENT_ADMIN', companyId: acme }, unrestricted: false, ancestorIds: [], descendantIds: [west, westSub, east] },
  ],
  ['westAdmin', { user: { role: 'PARENT_ADMIN', companyId: west }, unrestricted: false, ancestorIds: [acme], descendantIds: [westSub] }],
  ['westUser', { user: { role: 'CHILD_USER', companyId: west }, unrestricted: false, ancestorIds: [acme], descendantIds: [] }],
  ['globexAdmin', { user: { role: 'PARENT_ADMIN', companyId: globex }, unrestricted: false, ancestorIds: [], descendantIds: [] }],
]

for (const [who, { user, ...surroundings }] of accesses as [keyof typeof userIds, { user: object }][]) {
  t.test(`the access of ${who} names the companies around theirs, and their own in neither list`, async (t) => {
    const { status, body, headers } = await call('GET', '/v1/users/me/access', { as: who })
    t.equal(status, 200)
    t.strictSame(body, { user: { id: userIds[who], ...user, isActive: true }, sessionId: null, ...surroundings })
    t.equal(headers['cache-control'], 'private, no-store')
  })
}

t.test('a root first, the parent last: ancestors come in the order of the tree', async (t) => {
  const deep = { id: unknownId.replace('ffff', 'fffe'), email: 'deep@example.com' }
  await db.sql`
    insert into users (id, email, role, company_id, is_active, version, created_at, updated_at)
    values (${deep.id}, ${deep.email}, 'CHILD_USER', ${westSub}, true, 1, now(), now())`
  const { body } = await call('GET', '/v1/users/me/access', { as: deep.id })
  t.strictSame(body.ancestorIds, [acme, west])
})
