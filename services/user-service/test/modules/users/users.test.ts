import t from 'tap'
import { companyIds, startService, type UserName, unknownId, userIds } from '../../fixture.ts'
import { hashesOf } from '../../sign-in.ts'

const service = await startService(t)
const { call, db } = service
const { acme, west, westSub, east, globex, closed, closedChild } = companyIds

let emails = 0
const newEmail = () => `new.user${++emails}@example.com`
const user = (role: string, companyId: string | null) => ({ email: newEmail(), role, companyId })

const reads: [UserName, UserName, number][] = [
  ['root', 'closedUser', 200],
  ['acmeAdmin', 'acmeAdmin', 200],
  ['acmeAdmin', 'westUser', 200],
  ['acmeAdmin', 'root', 404],
  ['acmeAdmin', 'globexAdmin', 404],
  ['westAdmin', 'westInactive', 200],
  ['westAdmin', 'acmeAdmin', 404],
  ['westAdmin', 'eastUser', 404],
  ['westUser', 'westUser', 200],
  ['westUser', 'westColleague', 404],
  ['westUser', 'westAdmin', 404],
]
for (const [as, whom, status] of reads) {
  t.test(`${as} reading ${whom} gets ${status}`, async (t) => {
    const answer = await call('GET', `/v1/users/${userIds[whom]}`, { as })
    t.equal(answer.status, status)
    if (status === 200) t.match(answer, { body: { id: userIds[whom] }, headers: { etag: '"1"' } })
  })
}

t.test('the caller reads themselves at /v1/users/me', async (t) => {
  const me = await call('GET', '/v1/users/me', { as: 'westUser' })
  t.strictSame(me.body, (await call('GET', `/v1/users/${userIds.westUser}`, { as: 'westUser' })).body)
  t.match(me, { status: 200, body: { role: 'CHILD_USER', companyId: west, firstName: 'westUser' }, headers: { etag: '"1"' } })
})

const creations: [UserName, ReturnType<typeof user>, number, string?][] = [
  ['root', user('SYSTEM_ADMIN', null), 201],
  ['root', user('PARENT_ADMIN', globex), 201],
  ['root', user('SYSTEM_ADMIN', acme), 400, 'validation_failed'],
  ['root', user('PARENT_ADMIN', null), 400, 'validation_failed'],
  ['root', user('CHILD_USER', null), 400, 'validation_failed'],
  ['root', user('CHILD_USER', unknownId), 422, 'company_not_found'],
  ['root', user('CHILD_USER', closed), 422, 'company_inactive'],
  ['root', user('CHILD_USER', closedChild), 422, 'company_inactive'],
  ['westAdmin', user('PARENT_ADMIN', west), 201],
  ['westAdmin', user('CHILD_USER', westSub), 201],
  ['westAdmin', user('SYSTEM_ADMIN', null), 403, 'forbidden'],
  ['westAdmin', user('CHILD_USER', acme), 403, 'forbidden'],
  ['westAdmin', user('CHILD_USER', east), 422, 'company_not_found'],
  ['westAdmin', user('CHILD_USER', globex), 422, 'company_not_found'],
  ['westUser', user('CHILD_USER', west), 403, 'forbidden'],
  ['westUser', user('CHILD_USER', unknownId), 403, 'forbidden'],
]
for (const [as, body, status, code] of creations) {
  t.test(`${as} creating a ${body.role} of ${body.companyId} gets ${status} ${code ?? ''}`, async (t) => {
    const answer = await call('POST', '/v1/users', { as, body })
    t.match({ status: answer.status, code: answer.body.code }, { status, code })
    if (code === 'validation_failed') t.match(answer.body.errors, [{ pointer: '/body/companyId' }])
    if (status !== 201) return t.same(await db.sql`select id from users where email = ${body.email}`, [], 'nothing was written')
    t.match(answer.body, { ...body, firstName: null, lastName: null, isActive: true, version: 1 })
    t.match(answer.headers, { etag: '"1"', location: `/v1/users/${answer.body.id}` })
    t.strictSame((await call('GET', `/v1/users/${answer.body.id}`, { as })).body, answer.body)
  })
}

t.test('an email belongs to one user, whatever its case, also when twenty ask for it at once', async (t) => {
  const email = newEmail()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      call('POST', '/v1/users', { as: 'root', body: { ...user('CHILD_USER', west), email: n % 2 ? email.toUpperCase() : email } }),
    ),
  )
  t.same(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)])
  t.match(answers.find(({ status }) => status === 409)?.body, { code: 'email_already_exists' })
  const other = await call('POST', '/v1/users', { as: 'root', body: user('CHILD_USER', west) })
  const patch = await call('PATCH', `/v1/users/${other.body.id}`, { as: 'root', body: { email } })
  t.match(patch, { status: 409, body: { code: 'email_already_exists' } })
})

t.test('a password is stored as argon2id and shown nowhere', async (t) => {
  const password = 'correct horse battery'
  const answer = await call('POST', '/v1/users', { as: 'root', body: { ...user('CHILD_USER', west), password } })
  const [row] = await db.sql<{ stored: string }[]>`select password_hash as stored from users where id = ${answer.body.id}`
  t.match(row?.stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  const events = JSON.stringify(await db.sql`select payload from outbox`)
  for (const shown of [JSON.stringify(answer.body), events]) {
    t.notMatch(shown, password)
    t.notMatch(shown, '$argon2')
    t.notMatch(shown, /password/i)
  }
  for (const [bad, keyword] of [
    ['too short', /characters/],
    ['x'.repeat(201), /characters/],
  ] as const) {
    const refused = await call('POST', '/v1/users', { as: 'root', body: { ...user('CHILD_USER', west), password: bad } })
    t.match(refused, { status: 400, body: { errors: [{ pointer: '/body/password', message: keyword }] } })
    t.notMatch(JSON.stringify(refused.body), bad)
  }
})

t.test('a password is hashed once, and only for a user who can be created', async (t) => {
  const password = 'correct horse battery'
  const create = (body: object, key?: string) =>
    call('POST', '/v1/users', {
      as: 'westAdmin',
      body: { ...body, password },
      headers: key === undefined ? {} : { 'idempotency-key': key },
    })
  const hashes = async (run: () => Promise<unknown>) => {
    const before = await hashesOf(service, 'store')
    await run()
    return (await hashesOf(service, 'store')) - before
  }
  const refused: [string, ReturnType<typeof user>, number][] = [
    ['a taken email', { ...user('CHILD_USER', west), email: 'westuser@example.com' }, 409],
    ['a company of others', user('CHILD_USER', east), 422],
    ['a role above their own', user('SYSTEM_ADMIN', null), 403],
  ]
  for (const [what, body, status] of refused) {
    for (const key of [undefined, `hash ${what}`.replaceAll(' ', '-')]) {
      t.equal(await hashes(async () => t.equal((await create(body, key)).status, status, what)), 0, what)
    }
  }
  const body = user('CHILD_USER', west)
  const again = async (replayed?: string) =>
    t.match(await create(body, 'hash-once'), { status: 201, headers: { 'idempotent-replayed': replayed } })
  t.equal(await hashes(() => again()), 1)
  t.equal(await hashes(() => again('true')), 0, 'the answer that was remembered takes none')
})

t.test('users are listed as far as the caller may see them', async (t) => {
  const list = async (as: UserName, query = '') => {
    const { body } = await call('GET', `/v1/users?limit=500&orderBy=name&${query}`, { as })
    return body.data.map(({ email }: { email: string }) => email.split('@')[0]).filter((name: string) => !name.startsWith('new.'))
  }
  t.same(await list('westUser'), ['westuser'])
  t.same(await list('westAdmin'), ['westadmin', 'westcolleague', 'westinactive', 'westuser'])
  t.same(await list('acmeAdmin', `companyId=${acme}`), ['acmeadmin'])
  t.same(await list('acmeAdmin', `companyId=${acme}&includeDescendants=true`), await list('acmeAdmin'))
  t.same(await list('westAdmin', `companyId=${acme}&includeDescendants=true`), [], 'outside the scope')
  t.same(await list('westAdmin', `companyId=${globex}`), [])
  t.same(await list('westUser', `companyId=${west}`), ['westuser'])
  t.same(await list('westUser', `companyId=${acme}&includeDescendants=true`), [])
  t.same(await list('root', `companyId=${closed}&includeDescendants=true`), ['closedchilduser', 'closeduser'])
  t.same(await list('root', `companyId=${unknownId}`), [])
})

t.test('users without a name come first, and pages follow the name', async (t) => {
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await call('GET', `/v1/users?orderBy=name&limit=3${cursor && `&cursor=${cursor}`}`, { as: 'acmeAdmin' })
    seen.push(...body.data.map(({ firstName }: { firstName: string | null }) => firstName ?? ''))
    cursor = body.page.nextCursor
  }
  t.equal(seen[0], '')
  t.same(seen, [...seen].sort(new Intl.Collator('und').compare))
})
