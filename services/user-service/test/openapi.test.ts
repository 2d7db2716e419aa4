import t from 'tap'
import { openApiDocument } from '../src/openapi.ts'
import { type Json, startService, userIds } from './fixture.ts'

const document: Json = await openApiDocument()
const operations: Json[] = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.entries<Json>(methods).map(([method, operation]) => ({ path, method, ...operation })),
)

t.test('the document has every operation by its name', async (t) => {
  t.same(
    operations.map(({ method, path, operationId }) => `${operationId} ${method} ${path}`).sort(),
    [
      'changePassword put /v1/users/me/password',
      'createCompany post /v1/companies',
      'createUser post /v1/users',
      'endSession delete /v1/users/me/sessions/{sessionId}',
      'getCompany get /v1/companies/{companyId}',
      'getMe get /v1/users/me',
      'getMyAccess get /v1/users/me/access',
      'getPublicKeys get /.well-known/jwks.json',
      'getUser get /v1/users/{userId}',
      'listCompanies get /v1/companies',
      'listSessions get /v1/users/me/sessions',
      'listUsers get /v1/users',
      'login post /v1/auth/login',
      'logout post /v1/auth/logout',
      'refresh post /v1/auth/refresh',
      'resolveCompanies post /v1/companies/resolve',
      'setUserPassword put /v1/users/{userId}/password',
      'updateCompany patch /v1/companies/{companyId}',
      'updateUser patch /v1/users/{userId}',
    ].sort(),
  )
})

t.test('every operation has a summary, a tag, a named answer and the errors it can give', async (t) => {
  for (const { operationId, summary, tags, responses } of operations) {
    t.ok(summary && tags?.length === 1, operationId)
    const [status] = Object.keys(responses)
    if (status === '204') t.notOk(responses[status].content, operationId)
    else t.match(responses[status ?? ''].content['application/json'].schema.$ref, /^#\/components\/schemas\/\w+$/, operationId)
    for (const error of ['400', '401', '500']) t.ok(responses[error]?.content['application/problem+json'], `${operationId} ${error}`)
  }
})

t.test('writes document their headers', async (t) => {
  for (const { operationId, responses } of operations.filter(({ operationId }) => /^(create|update)/.test(operationId))) {
    const { headers } = responses['201'] ?? responses['200']
    t.ok(headers.etag && headers['idempotent-replayed'], operationId)
    t.equal('location' in headers, operationId.startsWith('create'), operationId)
  }
})

t.test('the operations that give tokens want none, take no Idempotency-Key, and say when they slow', async (t) => {
  const open = operations.filter(({ security }) => security)
  t.same(open.map(({ operationId }) => operationId).sort(), ['getPublicKeys', 'login', 'logout', 'refresh'])
  for (const { security } of open) t.same(security, [])
  for (const { operationId, parameters = [] } of operations.filter(({ path }) => /auth|password/.test(path))) {
    t.notOk(
      parameters.some(({ name }: Json) => name === 'idempotency-key'),
      operationId,
    )
  }
  const slowed = operations.filter(({ responses }) => responses['429'])
  t.same(slowed.map(({ operationId }) => operationId).sort(), ['changePassword', 'login'])
  for (const { responses } of slowed) t.ok(responses['429'].headers['retry-after'])
})

const parameterNames = ({ parameters = [] }: Json) => parameters.map(({ in: where, name }: Json) => `${where} ${name}`)

t.test('a body may be left out where the document says so, and nowhere else', async (t) => {
  const { call } = await startService(t)
  const withBody = operations.filter(({ requestBody }) => requestBody)
  const isOptional = ({ requestBody }: Json) => requestBody.required !== true
  t.strictSame(
    withBody
      .filter(isOptional)
      .map(({ operationId }) => operationId)
      .sort(),
    ['logout', 'refresh'],
  )
  for (const operation of withBody) {
    const { operationId, method, path } = operation
    const { status } = await call(method.toUpperCase(), path.replace(/\{\w+\}/, userIds.westUser), { as: 'root' })
    t.equal(status !== 400, isOptional(operation), `${operationId} answers ${status}`)
    t.equal('x-optional-body' in operation, false, `${operationId} says it in the words of OpenAPI`)
  }
})

t.test('the cookie of a browser session is documented where it is given, shown and taken away', async (t) => {
  const byId = (id: string) => operations.find(({ operationId }) => operationId === id)
  const withCookie = operations.filter((operation) => parameterNames(operation).includes('cookie crm_refresh'))
  t.strictSame(withCookie.map(({ operationId }) => operationId).sort(), ['logout', 'refresh'])
  for (const [id, status] of [
    ['login', '200'],
    ['refresh', '200'],
    ['refresh', '401'],
    ['logout', '204'],
  ] as const) {
    const header = byId(id).responses[status].headers['set-cookie']
    t.match(header, { schema: { pattern: '^crm_refresh=' }, description: /.+/ }, `${id} ${status}`)
    t.notOk(header.required, 'programs get none')
  }
})

t.test('the running service serves this very document', async (t) => {
  const { call } = await startService(t, { isEmpty: true })
  t.strictSame((await call('GET', '/openapi.json')).body, JSON.parse(JSON.stringify(document)))
})
