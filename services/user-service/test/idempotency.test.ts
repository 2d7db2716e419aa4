import { identify } from '@crm/service-kit/idempotency/request-identity.ts'
import t from 'tap'
import { companyIds, startService, userIds } from './fixture.ts'

const { call, db, eventsOf } = await startService(t)
const { west, westSub } = companyIds
const post = (body: object, key: string, as = 'westAdmin') =>
  call('POST', '/v1/companies', { as, body, headers: { 'idempotency-key': key } })

t.test('the same request again gets the first answer again, and has no second effect', async (t) => {
  const first = await post({ name: 'Once', parentId: west }, 'k1')
  const again = await post({ parentId: west, name: 'Once' }, 'k1')
  t.equal(first.status, 201)
  t.notOk(first.headers['idempotent-replayed'])
  t.strictSame(again.body, first.body)
  t.match(again, { status: 201, headers: { 'idempotent-replayed': 'true', etag: '"1"', location: first.headers.location } })
  t.equal((await db.sql`select id from companies where name = 'Once'`).length, 1)
  t.equal((await eventsOf(first.body.id)).length, 1)
})

t.test('another body or If-Match under the key is 422', async (t) => {
  await post({ name: 'Mine', parentId: west }, 'k2')
  t.match(await post({ name: 'Other', parentId: west }, 'k2'), { status: 422, body: { code: 'idempotency_key_reused' } })
  const patch = (ifMatch?: string) =>
    call('PATCH', `/v1/companies/${westSub}`, {
      as: 'westAdmin',
      body: { name: 'Renamed' },
      headers: { 'idempotency-key': 'k2', ...(ifMatch && { 'if-match': ifMatch }) },
    })
  t.equal((await patch('"1"')).status, 200, 'another path is another request')
  t.match(await patch('"1"'), { status: 200, headers: { 'idempotent-replayed': 'true', etag: '"2"' } })
  t.match(await patch(), { status: 422, body: { code: 'idempotency_key_reused' } })
})

t.test('a key belongs to its user', async (t) => {
  const first = await post({ name: 'Of one', parentId: west }, 'k3')
  const other = await post({ name: 'Of one', parentId: west }, 'k3', 'acmeAdmin')
  t.equal(other.status, 201)
  t.not(other.body.id, first.body.id)
})

t.test('a refusal is not remembered: the request may succeed later', async (t) => {
  const body = { email: 'later@example.com', role: 'CHILD_USER', companyId: west }
  const create = () => call('POST', '/v1/users', { as: 'westAdmin', body, headers: { 'idempotency-key': 'k4' } })
  const { body: taken } = await call('POST', '/v1/users', { as: 'root', body })
  t.equal((await create()).status, 409)
  await call('PATCH', `/v1/users/${taken.id}`, { as: 'root', body: { email: 'moved@example.com' } })
  t.equal((await create()).status, 201)
})

t.test('a user is created once with a password, which is not in the table of keys', async (t) => {
  const body = { email: 'secret@example.com', role: 'CHILD_USER', companyId: west, password: 'correct horse battery' }
  const create = (password: string) =>
    call('POST', '/v1/users', { as: 'westAdmin', body: { ...body, password }, headers: { 'idempotency-key': 'k5' } })
  const first = await create(body.password)
  t.match(await create(body.password), { status: 201, body: { id: first.body.id }, headers: { 'idempotent-replayed': 'true' } })
  t.match(await create('another password'), { status: 422, body: { code: 'idempotency_key_reused' } })
  t.notMatch(JSON.stringify(await db.sql`select * from idempotency_keys`), /horse|argon2/)
})

t.test('who reads the table of keys cannot try passwords by it, also where the key is easily guessed', async (t) => {
  const body = { email: 'guess@example.com', role: 'CHILD_USER', companyId: west, password: 'correct horse battery' }
  t.equal((await call('POST', '/v1/users', { as: 'westAdmin', body, headers: { 'idempotency-key': '1' } })).status, 201)
  const guessed = identify({ userId: userIds.westAdmin, method: 'POST', path: '/v1/users', key: '1', body, ifMatch: undefined })
  const rows = await db.sql<{ fingerprint: string }[]>`select fingerprint from idempotency_keys where id = ${guessed.id}`
  t.equal(rows.length, 1)
  t.not(rows[0]?.fingerprint, guessed.fingerprint)
})

t.test('a request whose first try is still running is 409 at once', async (t) => {
  const body = { name: 'Running', parentId: west }
  const { lock } = identify({ userId: userIds.westAdmin, method: 'POST', path: '/v1/companies', key: 'k6', body, ifMatch: undefined })
  await db.transaction(async ({ sql }) => {
    await sql`select pg_advisory_xact_lock(${lock}::bigint)`
    const answer = await post(body, 'k6')
    t.match(answer, { status: 409, body: { code: 'idempotency_in_progress' }, headers: { 'retry-after': '1' } })
  })
  t.equal((await post(body, 'k6')).status, 201)
})

t.test('twenty at once under one key make one company', async (t) => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post({ name: 'Stampede', parentId: west }, 'k7')))
  const statuses = answers.map(({ status }) => status)
  t.ok(
    statuses.every((status) => status === 201 || status === 409),
    `${statuses}`,
  )
  t.ok(statuses.includes(201))
  t.equal(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id)).size, 1)
  t.equal((await db.sql`select id from companies where name = 'Stampede'`).length, 1)
})

t.test('a remembered answer is given only to a caller who may still see it', async (t) => {
  t.equal((await post({ name: 'Seen', parentId: west }, 'k9')).status, 201)
  const body = { email: 'gone@example.com', role: 'CHILD_USER', companyId: west }
  const create = () => call('POST', '/v1/users', { as: 'westAdmin', body, headers: { 'idempotency-key': 'k8' } })
  t.equal((await create()).status, 201)
  await db.sql`update users set company_id = ${companyIds.globex} where id = ${userIds.westAdmin}`
  t.match(await create(), { status: 404, body: { code: 'not_found' } })
  t.match(await post({ name: 'Seen', parentId: west }, 'k9'), { status: 404, body: { code: 'not_found' } })
  await db.sql`update users set role = 'CHILD_USER', company_id = ${west} where id = ${userIds.westAdmin}`
  t.equal((await create()).status, 403)
  t.equal((await post({ name: 'Seen', parentId: west }, 'k9')).status, 403)
  await db.sql`update users set role = 'PARENT_ADMIN' where id = ${userIds.westAdmin}`
})

t.test('a key that is empty, too long or not printable is 400', async (t) => {
  for (const key of ['', 'x'.repeat(256), 'with space']) {
    t.match(await post({ name: 'X', parentId: west }, key), { status: 400, body: { errors: [{ pointer: '/headers/idempotency-key' }] } })
  }
})

t.test('a user who was moved away is out of reach of a remembered answer, too', async (t) => {
  const headers = { 'idempotency-key': 'k6' }
  const body = { email: 'moves@example.com', role: 'CHILD_USER', companyId: west }
  const create = () => call('POST', '/v1/users', { as: 'westAdmin', body, headers })
  const { id } = (await create()).body
  const rename = () => call('PATCH', `/v1/users/${id}`, { as: 'westAdmin', body: { firstName: 'Mo' }, headers })
  t.equal((await rename()).status, 200)
  t.match(await create(), { status: 201, headers: { 'idempotent-replayed': 'true' } })
  t.equal((await call('PATCH', `/v1/users/${id}`, { as: 'root', body: { companyId: companyIds.globex } })).status, 200)
  t.match(await create(), { status: 404, body: { code: 'not_found' } })
  t.match(await rename(), { status: 404, body: { code: 'not_found' } })
})
