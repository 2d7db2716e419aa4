import t from 'tap'
import { companyIds, startService, type UserName, unknownId } from '../../fixture.ts'

const { call } = await startService(t)
const { acme, west, westSub, east, globex, closed, closedChild } = companyIds

const reads: [UserName, string, number][] = [
  ['root', closedChild, 200],
  ['acmeAdmin', acme, 200],
  ['acmeAdmin', westSub, 200],
  ['acmeAdmin', globex, 404],
  ['westAdmin', acme, 200],
  ['westAdmin', west, 200],
  ['westAdmin', westSub, 200],
  ['westAdmin', east, 404],
  ['westUser', acme, 200],
  ['westUser', west, 200],
  ['westUser', westSub, 404],
  ['westUser', unknownId, 404],
  ['root', unknownId, 404],
]
for (const [as, id, status] of reads) {
  t.test(`${as} reading company ${id} gets ${status}`, async (t) => {
    const answer = await call('GET', `/v1/companies/${id}`, { as })
    t.equal(answer.status, status)
    if (status === 200) t.match(answer, { body: { id }, headers: { etag: '"1"' } })
    else t.equal(answer.body.code, 'not_found')
  })
}

t.test('a company comes with its parent by name, a root with null', async (t) => {
  t.match((await call('GET', `/v1/companies/${west}`, { as: 'westUser' })).body, { parentId: acme, parent: { id: acme, name: 'acme' } })
  t.match((await call('GET', `/v1/companies/${acme}`, { as: 'westUser' })).body, { parentId: null, parent: null })
})

const creations: [UserName, object, number, string?][] = [
  ['root', { name: 'New root' }, 201],
  ['root', { name: 'New root', parentId: null }, 201],
  ['root', { name: 'Below', parentId: globex }, 201],
  ['root', { name: 'Below', parentId: unknownId }, 422, 'company_not_found'],
  ['root', { name: 'Below', parentId: closed }, 422, 'company_inactive'],
  ['root', { name: 'Below', parentId: closedChild }, 422, 'company_inactive'],
  ['westAdmin', { name: 'Below own', parentId: west }, 201],
  ['westAdmin', { name: 'Below descendant', parentId: westSub }, 201],
  ['westAdmin', { name: 'Below ancestor', parentId: acme }, 403, 'forbidden'],
  ['westAdmin', { name: 'Below sibling', parentId: east }, 422, 'company_not_found'],
  ['westAdmin', { name: 'Root' }, 403, 'forbidden'],
  ['westUser', { name: 'Root' }, 403, 'forbidden'],
  ['westUser', { name: 'Below own', parentId: west }, 403, 'forbidden'],
  ['westUser', { name: 'Below other tree', parentId: globex }, 422, 'company_not_found'],
]
for (const [as, body, status, code] of creations) {
  t.test(`${as} creating ${JSON.stringify(body)} gets ${status} ${code ?? ''}`, async (t) => {
    const answer = await call('POST', '/v1/companies', { as, body })
    t.match({ status: answer.status, code: answer.body.code }, { status, code })
    if (status !== 201) return
    const { id } = answer.body
    t.match(answer.body, { ...body, isActive: true, version: 1, createdAt: answer.body.updatedAt })
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    t.match(answer.headers, { etag: '"1"', location: `/v1/companies/${id}` })
    t.strictSame((await call('GET', `/v1/companies/${id}`, { as })).body, answer.body)
  })
}

t.test('a company that a body names wrongly is pointed at', async (t) => {
  const { body } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'X', parentId: unknownId } })
  t.match(body.errors, [{ pointer: '/body/parentId' }])
})

const changes: [UserName, string, object, number][] = [
  ['westAdmin', westSub, { name: 'Renamed by westAdmin' }, 200],
  ['acmeAdmin', westSub, { name: 'Renamed by acmeAdmin' }, 200],
  ['westAdmin', west, { name: 'Own' }, 403],
  ['westAdmin', west, { isActive: false }, 403],
  ['westAdmin', acme, { name: 'Ancestor' }, 403],
  ['westAdmin', east, { name: 'Sibling' }, 404],
  ['westUser', west, { name: 'Own' }, 403],
  ['westUser', westSub, { name: 'Unseen' }, 404],
  ['root', unknownId, { name: 'Nobody' }, 404],
  ['root', globex, { name: 'Globex Inc.' }, 200],
]
for (const [as, id, body, status] of changes) {
  t.test(`${as} changing ${id} to ${JSON.stringify(body)} gets ${status}`, async (t) => {
    const read = async () => (await call('GET', `/v1/companies/${id}`, { as: 'root' })).body.version
    const before = await read()
    const answer = await call('PATCH', `/v1/companies/${id}`, { as, body })
    t.equal(answer.status, status)
    if (status === 200) t.match(answer.body, body)
    else t.equal(await read(), before, 'nothing was written')
  })
}

t.test('a change moves version, ETag and updatedAt; one that changes nothing moves none of them', async (t) => {
  const { body: before } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'Moving' } })
  const same = await call('PATCH', `/v1/companies/${before.id}`, { as: 'root', body: { name: ' Moving ', isActive: true } })
  t.equal(same.status, 200)
  t.strictSame(same.body, before)
  t.equal(same.headers.etag, '"1"')
  const { body: after, headers } = await call('PATCH', `/v1/companies/${before.id}`, { as: 'root', body: { name: 'Moved' } })
  t.match({ name: after.name, version: after.version, etag: headers.etag }, { name: 'Moved', version: 2, etag: '"2"' })
  t.ok(after.updatedAt > before.updatedAt)
  t.equal(after.createdAt, before.createdAt)
})

t.test('If-Match decides on the current version only: 412 with it otherwise', async (t) => {
  const { body: company } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'Guarded' } })
  const patch = (name: string, ifMatch: string) =>
    call('PATCH', `/v1/companies/${company.id}`, { as: 'root', body: { name }, headers: { 'if-match': ifMatch } })
  t.equal((await patch('First', '"1"')).status, 200)
  const stale = await patch('Second', '"1"')
  t.match({ status: stale.status, code: stale.body.code }, { status: 412, code: 'precondition_failed' })
  t.equal(stale.headers.etag, '"2"')
  t.equal((await patch('Weak', 'W/"2"')).status, 412)
  t.equal((await patch('Either', '"1", "2"')).status, 200)
  t.equal((await patch('Any', '*')).status, 200)
})

t.test('of ten changes decided on the same version, one is made', async (t) => {
  const { body: company } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'Contended' } })
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      call('PATCH', `/v1/companies/${company.id}`, { as: 'root', body: { name: `Name ${n}` }, headers: { 'if-match': '"1"' } }),
    ),
  )
  t.same(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(412)])
})

t.test('an inactive company can be activated again, and what lies below it with it', async (t) => {
  const { body: parent } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'Parent' } })
  const { body: child } = await call('POST', '/v1/companies', { as: 'root', body: { name: 'Child', parentId: parent.id } })
  const activate = (isActive: boolean) => call('PATCH', `/v1/companies/${parent.id}`, { as: 'root', body: { isActive } })
  const effective = async () =>
    (await call('POST', '/v1/companies/resolve', { as: 'root', body: { ids: [child.id] } })).body.data[0].isActive
  t.equal((await activate(false)).status, 200)
  t.equal(await effective(), false)
  for (const { id } of [parent, child]) {
    const renamed = await call('PATCH', `/v1/companies/${id}`, { as: 'root', body: { name: 'Renamed' } })
    t.match(renamed, { status: 422, body: { code: 'company_inactive' } }, 'until then it cannot be written')
  }
  t.match((await call('GET', `/v1/companies/${child.id}`, { as: 'root' })).body, { isActive: true }, 'the stored flag stays')
  t.equal((await activate(true)).status, 200)
  t.equal(await effective(), true)
})
