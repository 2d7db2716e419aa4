import type { JsonObject } from '@crm/openapi/json.ts'
import t from 'tap'
import { leftOutOf, type Method, methodsOf } from '../../generator/method.ts'
import { renderParameters, signatureOf } from '../../generator/signature.ts'

const record = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } }
const components = { schemas: { Thing: { type: 'object' } } }
const answer = { responses: { 200: { content: record } } }
const query = (name: string, required = false) => ({ in: 'query', name, required })
const header = (name: string, required = false) => ({ in: 'header', name, required })
const path = (name: string, type = 'string') => ({ in: 'path', name, required: true, schema: { type } })

const thing = { get: { operationId: 'getThing', tags: ['things'], parameters: [path('thingId')], ...answer } }

/** The method of an operation, in a document that also has a thing to get. */
function methodOf(verb: 'get' | 'post' | 'put' | 'patch' | 'head', at: string, operation: JsonObject, rest: JsonObject = {}): Method {
  const documented = { operationId: 'doIt', tags: ['things'], ...answer, ...operation }
  const others = { '/v1/things/{thingId}': thing }
  const item = { ...(at in others && thing), [verb]: documented }
  const api: JsonObject = { info: { version: '1.0.0' }, components, paths: { ...others, [at]: item }, ...rest }
  const method = methodsOf(api, { 'thing-service': api }).find(({ operationId }) => operationId === documented.operationId)
  if (method === undefined) throw new Error('there is no method of this operation')
  return method
}

const parametersOf = (method: Method) => renderParameters(signatureOf(method))

t.test('positional are ids, a body, also one that may be left out, and the query of a list; all else is an option', async (t) => {
  const body = (required: boolean) => ({ requestBody: { required, content: record } })
  t.equal(parametersOf(methodOf('post', '/v1/things', body(true))), 'body: Thing, options?: RequestOptions')
  t.equal(parametersOf(methodOf('post', '/v1/things', body(false))), 'body?: Thing, options?: RequestOptions')
  t.equal(
    parametersOf(methodOf('post', '/v1/a/{aId}/b/{b-id}', { parameters: [path('b-id'), path('aId')], ...body(true) })),
    'aId: string, bId: string, body: Thing, options?: RequestOptions',
  )
  t.equal(
    parametersOf(methodOf('get', '/v1/things', { parameters: [query('q')] })),
    'options?: RequestOptions & { query?: DoItQuery | undefined }',
  )
  t.equal(parametersOf(methodOf('get', '/v1/things', { parameters: [query('q', true)] })), 'options: RequestOptions & { query: DoItQuery }')
  t.equal(
    parametersOf(methodOf('post', '/v1/things', { parameters: [query('q', true)], ...body(false) })),
    'body: Thing | undefined, options: RequestOptions & { query: DoItQuery }',
    'what something required follows has to be given, be it as undefined',
  )
})

t.test('a list is known by its cursor and its page, and its query comes first', async (t) => {
  const page = { type: 'object', properties: { nextCursor: { type: 'string' } } }
  const schema = { type: 'object', properties: { data: { type: 'array' }, page } }
  const responses = { 200: { content: { 'application/json': { schema } } } }
  const list = methodOf('get', '/v1/things', { parameters: [query('cursor')], responses })
  t.match(list, { isList: true, answerType: { text: "Answer<'doIt', 200>", names: ['Answer'] } })
  t.equal(parametersOf(list), 'query?: DoItQuery, options?: RequestOptions')
  t.equal(methodOf('get', '/v1/things', { responses }).isList, false)
  t.equal(methodOf('get', '/v1/things', { parameters: [query('cursor')] }).isList, false)
})

t.test('documented headers become options, and If-Match knows where its record is read', async (t) => {
  const parameters = [path('thingId'), header('idempotency-key'), header('If-Match')]
  const change = methodOf('patch', '/v1/things/{thingId}', { parameters, requestBody: { required: true, content: record } })
  t.match(change, { takesIdempotencyKey: true, record: { path: '/v1/things/{thingId}', type: { text: 'Thing', names: ['Thing'] } } })
  t.equal(
    parametersOf(change),
    'thingId: string, body: Thing, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Thing, Thing>',
  )
  const action = methodOf('post', '/v1/things/{thingId}/restore', { parameters })
  t.match(action.record, { path: '/v1/things/{thingId}' })
  t.equal(parametersOf(action), 'thingId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Thing>')
  t.equal(methodOf('patch', '/v1/others/{otherId}', { parameters: [path('otherId'), header('if-match')] }).record, undefined)
})

t.test('answers: a component by its name, nothing as void, several as a union; and whether there is a body', async (t) => {
  const nothing = { description: '' }
  const answerOf = (responses: JsonObject) => {
    const { answer, answerType } = methodOf('post', '/v1/things', { responses })
    return [answer, answerType.text]
  }
  t.strictSame(answerOf(answer.responses), ['json', 'Thing'])
  t.strictSame(answerOf({ 204: nothing }), ['none', 'void'])
  t.strictSame(answerOf({ 201: { content: record }, 204: nothing }), ['json', 'Thing | void'])
  t.strictSame(answerOf({ 200: { $ref: '#/paths/~1v1~1things~1{thingId}/get/responses/200' } }), ['json', 'Thing'])
})

t.test('codes come from the data of the document, not from its examples', async (t) => {
  const problem = { 'x-problem-codes': ['gone'], content: { 'application/problem+json': { examples: { lost: {} } } } }
  t.strictSame(methodOf('post', '/v1/things', { responses: { ...answer.responses, 410: problem } }).codes, ['gone'])
})

t.test('what changes nothing is safe, when the document says so', async (t) => {
  t.equal(methodOf('post', '/v1/things', { 'x-safe': true }).isSafe, true)
  t.equal(methodOf('post', '/v1/things', {}).isSafe, false)
})

t.test('whether two requests do what one does the document may say of any operation; else its verb does', async (t) => {
  t.equal(methodOf('put', '/v1/things', { 'x-idempotent': false }).isIdempotent, false)
  t.equal(methodOf('post', '/v1/things', { 'x-idempotent': true }).isIdempotent, true)
  t.equal(methodOf('post', '/v1/things', {}).isIdempotent, undefined)
})

t.test('an id that is a whole number is a number', async (t) => {
  t.equal(
    parametersOf(methodOf('get', '/v1/a/{page}', { parameters: [path('page', 'integer')] })),
    'page: number, options?: RequestOptions',
  )
})

t.test('an operation that wants no credentials is open', async (t) => {
  t.equal(methodOf('post', '/v1/auth/login', { security: [] }).isOpen, true)
  t.equal(methodOf('post', '/v1/things', { security: [{ userId: [] }] }).isOpen, false)
  t.equal(methodOf('post', '/v1/things', {}, { security: [] }).isOpen, true)
  t.equal(methodOf('post', '/v1/things', {}, { security: [{ userId: [] }] }).isOpen, false)
})

t.test('what speaks no JSON has no method, and says why', async (t) => {
  const stream = { operationId: 'stream', tags: ['things'], responses: { 200: { content: { 'text/event-stream': {} } } } }
  const upload = { operationId: 'upload', tags: ['things'], requestBody: { content: { 'text/csv': {} } }, ...answer }
  const api = { info: { version: '1.0.0' }, components, paths: { '/v1/stream': { get: stream }, '/v1/upload': { post: upload } } }
  t.strictSame(methodsOf(api, { a: api }), [])
  t.strictSame(leftOutOf(api), [
    { name: 'GET /v1/stream', why: 'answers text/event-stream' },
    { name: 'POST /v1/upload', why: 'takes text/csv' },
  ])
})

t.test('an answer that also comes in other forms is asked for as JSON', async (t) => {
  const responses = { 200: { content: { ...record, 'text/csv': {} } } }
  t.match(methodOf('post', '/v1/things', { responses }), { answer: 'json', answerType: { text: 'Thing' } })
})

t.test('a body that is also taken in other forms is sent as JSON', async (t) => {
  const content = { ...record, 'text/csv': {} }
  t.equal(
    parametersOf(methodOf('post', '/v1/things', { requestBody: { required: true, content } })),
    'body: Thing, options?: RequestOptions',
  )
})

t.test('an operation that the client could not offer is refused by name', async (t) => {
  const refusal = (operation: JsonObject) => () => methodOf('post', '/v1/things', operation)
  t.throws(refusal({ tags: [] }), { message: 'doIt has no tag' })
  t.throws(refusal({ operationId: 'getThing' }), {
    message: 'getThing and getThing would both be things.get: rename one of the operationIds',
  })
  t.throws(refusal({ operationId: 'then' }), { message: 'then cannot be named things.then' })
  t.throws(refusal({ responses: {} }), { message: 'doIt documents no success' })
  t.throws(refusal({ parameters: [header('x-tenant', true)] }), { message: /^doIt requires the header x-tenant/ })
  t.throws(() => methodOf('head', '/v1/things', {}), { message: /^HEAD \/v1\/things has no method/ })
  t.throws(() => methodOf('get', '/v1/{a-id}/{aId}', { parameters: [path('a-id'), path('aId')] }), {
    message: /aId, which could not be told/,
  })
  t.throws(() => methodOf('get', '/v1/{body}', { parameters: [path('body')] }), { message: /^doIt has the path parameter body/ })
  t.throws(refusal({ operationId: '2fa' }), { message: '2fa cannot be named things.2fa' })
  t.throws(() => methodOf('get', '/v1/{id}', {}), { message: 'doIt does not document the path parameter id' })
  const api = {
    info: { version: '1.0.0' },
    components,
    paths: { '/v1/things': { get: { operationId: 'doIt', tags: ['things'], ...answer } } },
  }
  t.throws(() => methodsOf(api, {}), { message: 'GET /v1/things must be answered by one service, not by none' })
  t.throws(() => methodsOf(api, { a: api, b: api }), { message: 'GET /v1/things must be answered by one service, not by a and b' })
})
