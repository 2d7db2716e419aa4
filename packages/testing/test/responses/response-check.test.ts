import t from 'tap'
import { responseCheck } from '../../src/responses/response-check.ts'
import { exampleApi } from './example-api.ts'

const check = responseCheck(exampleApi())
const id = '01980000-0000-7000-8000-000000000001'
const thing = { id, name: 'A', size: 'SMALL', parent: null }
const named = { 'x-request-id': 'r-1' }
const headers = { ...named, 'content-type': 'application/json; charset=utf-8', etag: '"1"' }
const problemHeaders = { ...named, 'content-type': 'application/problem+json' }
const right = { method: 'GET', url: `/v1/things/${id}?expand=parent`, status: 200, headers, body: JSON.stringify(thing) }
const name = 'getThing (GET /v1/things/{thingId})'
const withBody = (body: object) => ({ ...right, body: JSON.stringify(body) })

t.test('an answer as documented has no fault, whatever else the header of its content type says', async (t) => {
  t.strictSame(check.faultsOf(right), [])
  t.strictSame(check.faultsOf({ ...right, method: 'HEAD', body: '' }), [])
  t.strictSame(check.faultsOf({ ...right, method: 'DELETE', status: 204, headers: named, body: '' }), [])
})

t.test('a status that the document does not name is a fault that names the operation and the status', async (t) => {
  t.strictSame(check.faultsOf({ ...right, status: 418 }), [`${name} answered 418, which its document does not name (200, 404)`])
})

t.test('what differs from the schema is named: missing, wrong, undocumented, at any depth', async (t) => {
  for (const [body, fault] of [
    [{ ...thing, size: 'HUGE' }, '/size must be equal to one of the allowed values'],
    [{ ...thing, id: '1' }, '/id must match format "uuid"'],
    [{ id, size: 'SMALL', parent: null }, "/ must have required property 'name'"],
    [{ ...thing, secret: 'x' }, "/ must NOT have additional properties ('secret')"],
  ] as const) {
    t.strictSame(check.faultsOf(withBody(body)), [`${name} answered 200 with a body in which ${fault}`])
  }
  const inside = check.faultsOf(withBody({ ...thing, parent: { ...thing, secret: 'x' } }))
  t.match(inside[0], "/parent must NOT have additional properties ('secret')")
})

t.test('another content type, a body where none is documented, and a missing header are faults', async (t) => {
  t.strictSame(check.faultsOf({ ...right, headers: { ...headers, 'content-type': 'text/html' } }), [
    `${name} answered 200 as 'text/html', not as application/json`,
  ])
  t.strictSame(check.faultsOf({ ...right, status: 404, headers: { ...problemHeaders, 'content-type': 'application/json' } }), [
    `${name} answered 404 as 'application/json', not as application/problem+json`,
  ])
  t.strictSame(check.faultsOf({ ...right, method: 'DELETE', status: 204, headers: named, body: 'gone' }), [
    'deleteThing (DELETE /v1/things/{thingId}) answered 204 with a body, though its document names none',
  ])
  t.strictSame(check.faultsOf({ ...right, body: '{' }), [`${name} answered 200 with a body that is not JSON`])
  t.strictSame(check.faultsOf({ ...right, headers: { 'content-type': 'application/json' } }), [
    `${name} answered 200 without the header x-request-id`,
    `${name} answered 200 without the header etag`,
  ])
})

t.test('a problem has the status it comes with, and a code that the operation names for it', async (t) => {
  const problem = (body: object) => ({
    ...right,
    status: 404,
    headers: problemHeaders,
    body: JSON.stringify(body),
  })
  t.strictSame(check.faultsOf(problem({ code: 'not_found', status: 404 })), [])
  t.strictSame(check.faultsOf(problem({ code: 'gone', status: 404 })), [
    `${name} answered 404 with the code gone, which its document does not name (not_found)`,
  ])
  t.strictSame(check.faultsOf(problem({ code: 'not_found', status: 410 })), [`${name} answered 404 with a problem of status 410`])
})

t.test('a header is what its schema says, a number as text too', async (t) => {
  const withHeader = (header: Record<string, string>) => check.faultsOf({ ...right, headers: { ...headers, ...header } })
  t.strictSame(withHeader({ age: '3' }), [])
  t.strictSame(withHeader({ age: 'old' }), [`${name} answered 200 with the header age: old, of which / must be integer`])
  t.match(withHeader({ etag: '1' }), [/with the header etag: 1, of which \/ must match pattern/])
})

t.test('a header that the document does not name is a fault, unless it is one of those that any answer may have', async (t) => {
  const more = { 'set-cookie': ['a=b', 'c=d'], 'cache-control': 'no-store', age: undefined, date: 'today', 'x-frame-options': 'DENY' }
  t.strictSame(check.faultsOf({ ...right, headers: { ...headers, ...more, 'ratelimit-limit': 9 } }), [
    `${name} answered 200 with the header set-cookie, which its document does not name`,
    `${name} answered 200 with the header cache-control, which its document does not name`,
  ])
  const problem = { ...right, status: 404, body: '{"code":"not_found"}' }
  t.strictSame(check.faultsOf({ ...problem, headers: { ...problemHeaders, 'cache-control': 'no-store' } }), [], 'nobody keeps a problem')
})

t.test('a response that several operations share is checked where it is written', async (t) => {
  const shared = { $ref: '#/components/responses/Shared' }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } }
  const api = {
    paths: { '/v1/things/{thingId}': { get: { operationId: 'getThing', responses: { 200: shared } } } },
    components: {
      responses: { Shared: { headers: { etag: { required: true } }, content } },
      schemas: { Thing: { type: 'object', properties: { name: { type: 'string' } } } },
    },
  }
  const faults = responseCheck(api).faultsOf({ ...right, headers: { 'content-type': 'application/json' }, body: '{"name":1}' })
  t.strictSame(faults, [`${name} answered 200 without the header etag`, `${name} answered 200 with a body in which /name must be string`])
})

t.test('the path that names more is the one that is meant, of those that have the method', async (t) => {
  t.match(check.faultsOf({ ...right, url: '/v1/things/me', status: 418 }), [/^getMyThing \(GET \/v1\/things\/me\)/])
  t.match(check.faultsOf({ ...right, method: 'DELETE', url: '/v1/things/me', status: 418 }), [/^deleteThing/])
})

t.test('what is no operation may only say so, and what is no part of the API may say anything', async (t) => {
  t.strictSame(check.faultsOf({ ...right, url: '/v1/nothing' }), ['GET /v1/nothing answered 200, but is no operation'])
  t.strictSame(check.faultsOf({ ...right, url: '/v1/nothing', status: 404 }), [])
  t.strictSame(check.faultsOf({ ...right, url: '/health', status: 503 }), [])
})

t.test("a handler's value is checked before the serializer hides what is wrong with it", async (t) => {
  const value = { ...thing, note: undefined, bornAt: new Date(0) }
  t.strictSame(check.faultsOfValue(right, value), [])
  t.strictSame(check.faultsOfValue(right, { ...value, passwordHash: 'x' }), [
    `${name} has a handler that answers 200 with a value in which / must NOT have additional properties ('passwordHash')`,
  ])
  t.strictSame(check.faultsOfValue(right, { ...value, name: null }), [
    `${name} has a handler that answers 200 with a value in which /name must be string`,
  ])
})

t.test("the API's own document is the one that is checked by", async (t) => {
  const answer = { ...right, url: `/v1/leads/${id}`, status: 418 }
  t.match(responseCheck().faultsOf(answer), [/^getLead \(GET \/v1\/leads\/\{leadId\}\) answered 418, which its document does not name/])
})

t.test('a status taken out of the document is a fault from then on', async (t) => {
  const answer = {
    ...right,
    status: 404,
    headers: problemHeaders,
    body: '{"code":"not_found"}',
  }
  t.strictSame(check.faultsOf(answer), [])
  const { paths, ...others } = exampleApi()
  const without = JSON.parse(JSON.stringify(paths), (status, part) => (status === '404' ? undefined : part))
  t.strictSame(responseCheck({ paths: without, ...others }).faultsOf(answer), [
    `${name} answered 404, which its document does not name (200)`,
  ])
})
