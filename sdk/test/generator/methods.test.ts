import t from 'tap'
import type { ApiDocument, DocumentedOperation, PathItem } from '../../generator/document.ts'
import { type Method, methodsOf } from '../../generator/method.ts'
import { signatureOf } from '../../generator/signature.ts'

const record = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } }
const components = { schemas: { Thing: { type: 'object' } } }
const answer = { responses: { 200: { content: record } } }
const query = (name: string, required = false) => ({ in: 'query' as const, name, required })
const header = (name: string, required = false) => ({ in: 'header' as const, name, required })
const path = (name: string) => ({ in: 'path' as const, name, required: true, schema: { type: 'string' } })

const thing: PathItem = { get: { operationId: 'getThing', tags: ['things'], parameters: [path('thingId')], ...answer } }

/** The method of an operation, in a document that also has a thing to get. */
function methodOf(verb: 'get' | 'post' | 'patch', at: string, operation: DocumentedOperation): Method {
  const documented = { operationId: 'doIt', tags: ['things'], ...answer, ...operation }
  const others = { '/v1/things/{thingId}': thing }
  const item = { ...(at in others && thing), [verb]: documented }
  const api: ApiDocument = { info: { version: '1.0.0' }, components, paths: { ...others, [at]: item } }
  const method = methodsOf(api, { 'thing-service': api }).find(({ operationId }) => operationId === documented.operationId)
  if (method === undefined) throw new Error('there is no method of this operation')
  return method
}

const parametersOf = (method: Method) => signatureOf(method).parameters.join(', ')

t.test('positional is what cannot change while the API stays compatible; all else is an option', async (t) => {
  const body = (required: boolean) => ({ requestBody: { required, content: record } })
  t.equal(parametersOf(methodOf('post', '/v1/things', body(true))), 'body: Thing, options?: RequestOptions')
  t.equal(parametersOf(methodOf('post', '/v1/things', body(false))), 'options?: RequestOptions & { body?: Thing | undefined }')
  t.equal(
    parametersOf(methodOf('post', '/v1/a/{aId}/b/{b-id}', { parameters: [path('b-id'), path('aId')], ...body(true) })),
    'aId: string, bId: string, body: Thing, options?: RequestOptions',
  )
  t.equal(
    parametersOf(methodOf('get', '/v1/things', { parameters: [query('q')] })),
    'options?: RequestOptions & { query?: DoItQuery | undefined }',
  )
  t.equal(parametersOf(methodOf('get', '/v1/things', { parameters: [query('q', true)] })), 'options: RequestOptions & { query: DoItQuery }')
})

t.test('a list is known by its cursor and its page, and its query comes first', async (t) => {
  const page = { type: 'object', properties: { nextCursor: { type: 'string' } } }
  const schema = { type: 'object', properties: { data: { type: 'array' }, page } }
  const responses = { 200: { content: { 'application/json': { schema } } } }
  const list = methodOf('get', '/v1/things', { parameters: [query('cursor')], responses })
  t.match(list, { isList: true, answer: "Answer<'doIt', 200>" })
  t.equal(parametersOf(list), 'query?: DoItQuery, options?: RequestOptions')
  t.equal(methodOf('get', '/v1/things', { responses }).isList, false)
  t.equal(methodOf('get', '/v1/things', { parameters: [query('cursor')] }).isList, false)
})

t.test('documented headers become options, and If-Match knows where its record is read', async (t) => {
  const parameters = [path('thingId'), header('idempotency-key'), header('If-Match')]
  const change = methodOf('patch', '/v1/things/{thingId}', { parameters, requestBody: { required: true, content: record } })
  t.match(change, { takesIdempotencyKey: true, record: { path: '/v1/things/{thingId}', type: 'Thing' } })
  t.equal(
    parametersOf(change),
    'thingId: string, body: Thing, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Thing, Thing>',
  )
  const action = methodOf('post', '/v1/things/{thingId}/restore', { parameters })
  t.match(action.record, { path: '/v1/things/{thingId}' })
  t.equal(parametersOf(action), 'thingId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Thing>')
  t.equal(methodOf('patch', '/v1/others/{otherId}', { parameters: [path('otherId'), header('if-match')] }).record, undefined)
})

t.test('answers: a component by its name, nothing as void, several as a union', async (t) => {
  const nothing = { description: '' }
  t.equal(methodOf('post', '/v1/things', {}).answer, 'Thing')
  t.equal(methodOf('post', '/v1/things', { responses: { 204: nothing } }).answer, 'void')
  t.equal(methodOf('post', '/v1/things', { responses: { 201: { content: record }, 204: nothing } }).answer, 'Thing | void')
})

t.test('an operation that wants no credentials is open', async (t) => {
  t.equal(methodOf('post', '/v1/auth/login', { security: [] }).isOpen, true)
  t.equal(methodOf('post', '/v1/things', { security: [{ userId: [] }] }).isOpen, false)
})

t.test('an operation that the client could not offer is refused by name', async (t) => {
  const refusal = (operation: DocumentedOperation) => () => methodOf('post', '/v1/things', operation)
  t.throws(refusal({ tags: [] }), { message: 'doIt has no tag' })
  t.throws(refusal({ operationId: 'getThing' }), {
    message: 'getThing and getThing would both be things.get: rename one of the operationIds',
  })
  t.throws(refusal({ operationId: 'then' }), { message: 'then cannot be named things.then' })
  t.throws(refusal({ responses: {} }), { message: 'doIt documents no success' })
  t.throws(refusal({ parameters: [header('x-tenant', true)] }), { message: /^doIt requires the header x-tenant/ })
  t.throws(refusal({ responses: { 200: { content: { 'text/event-stream': {} } } } }), { message: /^doIt speaks text\/event-stream/ })
  t.throws(() => methodOf('get', '/v1/{id}', {}), { message: 'doIt does not document the path parameter id' })
  const api = { info: { version: '1.0.0' }, paths: { '/v1/things': { get: { operationId: 'doIt', tags: ['things'], ...answer } } } }
  t.throws(() => methodsOf(api, {}), { message: 'GET /v1/things must be answered by one service, not by none' })
  t.throws(() => methodsOf(api, { a: api, b: api }), { message: 'GET /v1/things must be answered by one service, not by a and b' })
})
