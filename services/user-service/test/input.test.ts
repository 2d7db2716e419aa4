import t from 'tap'
import { companyIds, startService, userIds } from './fixture.ts'

const { app, call } = await startService(t)
const { west } = companyIds
const person = { email: 'someone@example.com', role: 'CHILD_USER', companyId: west }

const refused: ['POST' | 'PATCH', string, unknown, string[]][] = [
  ['POST', '/v1/companies', {}, ['/body/name']],
  ['POST', '/v1/companies', [], ['/body']],
  ['POST', '/v1/companies', { name: null }, ['/body/name']],
  ['POST', '/v1/companies', { name: 5 }, ['/body/name']],
  ['POST', '/v1/companies', { name: ' ' }, ['/body/name']],
  ['POST', '/v1/companies', { name: 'x'.repeat(256) }, ['/body/name']],
  ['POST', '/v1/companies', { name: 'a\0b' }, ['/body/name']],
  ['POST', '/v1/companies', { name: 'a\ud800b' }, ['/body/name']],
  ['POST', '/v1/companies', { name: 'A', parentId: '' }, ['/body/parentId']],
  ['POST', '/v1/companies', { name: 'A', parentId: 'urn:uuid:01980000-0000-7000-8000-0000000000c1' }, ['/body/parentId']],
  ['POST', '/v1/companies', { name: 'A', id: west, 'a/b~c': 1 }, ['/body/id', '/body/a~1b~0c']],
  ['POST', '/v1/companies?dryRun=true', { name: 'A' }, ['/query/dryRun']],
  ['POST', '/v1/companies/resolve', { ids: west }, ['/body/ids']],
  ['POST', '/v1/companies/resolve', { ids: ['x', null] }, ['/body/ids/0', '/body/ids/1']],
  ['PATCH', `/v1/companies/${west}`, {}, ['/body']],
  ['PATCH', `/v1/companies/${west}`, { parentId: null }, ['/body/parentId']],
  ['PATCH', `/v1/companies/${west}`, { isActive: 'false' }, ['/body/isActive']],
  ['PATCH', `/v1/companies/${west}`, { isActive: 0 }, ['/body/isActive']],
  ['PATCH', '/v1/companies/west', { name: 'A' }, ['/path/companyId']],
  ['POST', '/v1/users', {}, ['/body/email', '/body/role', '/body/companyId']],
  ['POST', '/v1/users', { ...person, email: 'nobody' }, ['/body/email']],
  ['POST', '/v1/users', { ...person, email: 'a\0@example.com' }, ['/body/email']],
  ['POST', '/v1/users', { ...person, email: null }, ['/body/email']],
  ['POST', '/v1/users', { ...person, firstName: 7 }, ['/body/firstName']],
  ['POST', '/v1/users', { ...person, firstName: '' }, ['/body/firstName']],
  ['POST', '/v1/users', { ...person, password: null }, ['/body/password']],
  ['POST', '/v1/users', { ...person, password: 1234567890 }, ['/body/password']],
  ['POST', '/v1/users', { ...person, password: 'lone \ud800 surrogate' }, ['/body/password']],
  ['POST', '/v1/users', { ...person, isActive: true, passwordHash: 'x' }, ['/body/isActive', '/body/passwordHash']],
  ['PATCH', `/v1/users/${userIds.westUser}`, { password: 'correct horse' }, ['/body/password']],
  ['PATCH', `/v1/users/${userIds.westUser}`, { version: 2 }, ['/body/version']],
  ['PATCH', `/v1/users/${userIds.westUser}`, { email: null }, ['/body/email']],
  ['PATCH', '/v1/users/me', { firstName: 'X' }, ['/path/userId']],
]
for (const [method, path, body, pointers] of refused) {
  t.test(`${method} ${path} ${JSON.stringify(body).slice(0, 80)} is 400 at ${pointers}`, async (t) => {
    const answer = await call(method, path, { as: 'root', body })
    t.match({ status: answer.status, code: answer.body.code }, { status: 400, code: 'validation_failed' })
    const found = new Set(answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer))
    t.same(found, new Set(pointers), JSON.stringify(answer.body))
  })
}

t.test('a wrong role names the roles there are', async (t) => {
  const { status, body } = await call('POST', '/v1/users', { as: 'root', body: { ...person, role: 'ADMIN' } })
  t.equal(status, 400)
  t.ok(body.errors.some(({ pointer }: { pointer: string }) => pointer === '/body/role'))
})

for (const path of [
  `/v1/users/me?x=1`,
  `/v1/users/me/access?x=1`,
  `/v1/users/${userIds.root}?x=1`,
  `/v1/companies/${west}?expand=1`,
  '/v1/users?q=abc',
]) {
  t.test(`GET ${path}: an unknown parameter is 400, not ignored`, async (t) => {
    t.match(await call('GET', path, { as: 'root' }), { status: 400, body: { errors: [{ message: 'is not a known parameter' }] } })
  })
}

t.test('text is stored trimmed and in NFC, emails in lower case, ids in lower case', async (t) => {
  const company = await call('POST', '/v1/companies', { as: 'root', body: { name: '  Cafe\u0301  ', parentId: west.toUpperCase() } })
  t.match(company, { status: 201, body: { name: 'Caf\u00e9', parentId: west } })
  const body = { ...person, email: ' Some.One@EXAMPLE.com ', companyId: west.toUpperCase(), firstName: ' Zoe\u0308 ' }
  const user = await call('POST', '/v1/users', { as: 'root', body })
  t.match(user, { status: 201, body: { email: 'some.one@example.com', companyId: west, firstName: 'Zo\u00eb' } })
  t.equal((await call('GET', `/v1/users/${user.body.id.toUpperCase()}`, { as: 'root' })).body.id, user.body.id)
})

t.test('lengths count characters as people do: 255 astral ones fit', async (t) => {
  const name = '\u{1F3ED}'.repeat(255)
  t.match(await call('POST', '/v1/companies', { as: 'root', body: { name } }), { status: 201, body: { name } })
})

t.test('a body that is not well-formed, too large or of another type is refused by name', async (t) => {
  const post = (payload: string, contentType: string) =>
    app.inject({ method: 'POST', url: '/v1/companies', headers: { 'x-user-id': userIds.root, 'content-type': contentType }, payload })
  for (const [payload, contentType, status, code] of [
    ['{"name":', 'application/json', 400, 'malformed_body'],
    ['', 'application/json', 400, 'malformed_body'],
    ['{"name":"A","__proto__":{"x":1}}', 'application/json', 400, 'malformed_body'],
    [JSON.stringify({ name: 'x'.repeat(70_000) }), 'application/json', 413, 'body_too_large'],
    ['name=A', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['name: A', 'text/plain', 415, 'unsupported_media_type'],
  ] as const) {
    const answer = await post(payload, contentType)
    t.match({ status: answer.statusCode, code: answer.json().code }, { status, code }, `${contentType} ${payload.slice(0, 20)}`)
  }
})

t.test('an unknown path below /v1 is 404 as problem details', async (t) => {
  t.match(await call('GET', '/v1/nothing', { as: 'root' }), { status: 404, body: { code: 'not_found', instance: '/v1/nothing' } })
})
