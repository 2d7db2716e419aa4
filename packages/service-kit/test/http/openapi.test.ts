import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { problemResponses } from '../../src/errors/problem-details.ts'
import { documentOf, openApi } from '../../src/http/openapi.ts'
import { apiVersion } from '../../src/http/openapi-version.ts'
import { recordResponse } from '../../src/http/operation-parts.ts'
import { ref, Uuid } from '../../src/http/schemas.ts'
import { testServer } from './test-server.ts'

const Part = Type.Object({ id: Uuid() }, { $id: 'Part' })
const exampleThing = { id: '01980000-0000-7000-8000-000000000001', part: { id: '01980000-0000-7000-8000-000000000002' } }
const newThing = { ...exampleThing, id: '01980000-0000-7000-8000-000000000003' }
const Thing = Type.Object({ id: Uuid(), part: ref(Part) }, { $id: 'Thing', examples: [exampleThing] })

async function documented(t: Test) {
  const { app } = await testServer(t)
  await app.register(openApi, { title: 'things', description: 'Things.', tags: [{ name: 'things', description: 'Things.' }] })
  for (const schema of [Part, Thing]) app.addSchema(schema)
  const response = {
    200: { description: 'A thing.', content: { 'application/json': { schema: ref(Thing) } } },
    ...problemResponses('not_found'),
  }
  app.get('/things/:id', { schema: { operationId: 'getThing', params: Type.Object({ id: Uuid() }), response } }, async () => ({}))
  const querystring = Type.Object({ partId: Type.Optional(Uuid()) })
  app.get('/things', { schema: { operationId: 'listThings', querystring, response } }, async () => ({}))
  const created = { 201: recordResponse('The new thing.', Thing, { location: true, example: newThing }), ...problemResponses() }
  app.post('/things', { schema: { operationId: 'createThing', body: ref(Thing), response: created } }, async () => ({}))
  app.delete('/things/:id', { schema: { operationId: 'deleteThing', params: Type.Object({ id: Uuid() }), response } }, async () => ({}))
  return app
}

t.test('/openapi.json names schemas under components and refers to them', async (t) => {
  const app = await documented(t)
  const document = (await app.inject('/openapi.json')).json()
  t.equal(document.openapi, '3.1.0')
  t.strictSame(Object.keys(document.components.schemas).sort(), ['Part', 'Problem', 'Thing'])
  t.strictSame(document.components.schemas.Thing.properties.part, { $ref: '#/components/schemas/Part' })
  const { responses } = document.paths['/things/{id}'].get
  t.strictSame(responses['200'].content['application/json'].schema, { $ref: '#/components/schemas/Thing' })
  t.strictSame(document.paths['/things'].post.requestBody.content['application/json'].schema, { $ref: '#/components/schemas/Thing' })
  t.strictSame(Object.keys(responses), ['200', '400', '401', '404', '421', '500', '503'])
  for (const [status, answer] of Object.entries<{ content: object }>(responses).slice(1)) {
    t.match(answer.content, { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }, status)
  }
})

t.test('it says that calls carry an access token and x-user-id, or that alone, and names nothing but operations', async (t) => {
  const document = (await (await documented(t)).inject('/openapi.json')).json()
  t.match(document.components.securitySchemes, {
    accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    userId: { type: 'apiKey', in: 'header', name: 'x-user-id' },
  })
  t.strictSame(document.security, [{ accessToken: [], userId: [] }, { userId: [] }])
  t.strictSame(Object.keys(document.paths), ['/things/{id}', '/things'])
})

t.test('an operation that takes no parameters and no body documents none', async (t) => {
  const document = (await (await documented(t)).inject('/openapi.json')).json()
  const { parameters, requestBody } = document.paths['/things/{id}'].delete
  t.strictSame(
    parameters.map((parameter: { name: string; in: string }) => `${parameter.in} ${parameter.name}`),
    ['path id'],
  )
  t.equal(requestBody, undefined)
  t.equal(document.paths['/things'].post.parameters, undefined)
})

t.test('/docs is Swagger UI with all its files, keeps the credentials and reads the document', async (t) => {
  const app = await documented(t)
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  const files = [...page.body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => new URL(path ?? '', 'http://localhost/docs').pathname)
  t.ok(files.some((path) => path.endsWith('swagger-ui-bundle.js')))
  t.ok(files.some((path) => path.endsWith('swagger-initializer.js')))
  for (const path of files) t.equal((await app.inject(path)).statusCode, 200, path)
  const initializer = (await app.inject(files.find((path) => path.endsWith('swagger-initializer.js')) ?? '')).body
  t.match(initializer, /"persistAuthorization":\s*true/)
  t.equal((await app.inject('/docs/json')).statusCode, 200)
})

t.test('what only the validator understands is not published, and goes on working', async (t) => {
  const app = await documented(t)
  const { body } = await app.inject('/openapi.json')
  t.notMatch(body, 'x-normalize')
  t.match(JSON.parse(body).components.schemas.Thing.properties.id, { type: 'string', format: 'uuid' })
  t.equal((await app.inject({ method: 'POST', url: '/things', payload: { id: 'A\0', part: {} } })).statusCode, 400)
  t.match(JSON.stringify(Thing), 'x-normalize')
})

t.test("a problem's example names the path of its operation, filled in as it might be called", async (t) => {
  const document = (await (await documented(t)).inject('/openapi.json')).json()
  const instanceOf = (operation: { responses: Record<string, { content: Record<string, { examples: object }> }> }) =>
    operation.responses['404']?.content['application/problem+json']?.examples
  const { get, delete: remove } = document.paths['/things/{id}']
  for (const operation of [get, remove]) {
    t.match(instanceOf(operation), { not_found: { value: { instance: '/things/01980000-0000-7000-8000-000000000001' } } })
  }
  t.match(instanceOf(document.paths['/things'].get), { not_found: { value: { instance: '/things' } } })
})

t.test('the codes of the problems of a response are data of the response', async (t) => {
  const { paths } = (await (await documented(t)).inject('/openapi.json')).json()
  const { responses } = paths['/things'].get
  t.strictSame(responses['404']['x-problem-codes'], ['not_found'])
  t.strictSame(responses['400']['x-problem-codes'], ['validation_failed'])
  t.notOk('x-problem-codes' in responses['400'].content['application/problem+json'])
  t.notOk('x-problem-codes' in responses['200'])
})

t.test('a parameter that may be left out has no example: Swagger UI would send it', async (t) => {
  const app = await documented(t)
  const { paths } = (await app.inject('/openapi.json')).json()
  t.match(paths['/things'].get.parameters, [{ name: 'partId', required: false, example: undefined }])
  t.match(paths['/things/{id}'].get.parameters, [{ name: 'id', required: true, example: /^0198/ }])
})

t.test('a body is shown by the example of the schema it refers to, unless the operation has one of its own', async (t) => {
  const { paths } = (await (await documented(t)).inject('/openapi.json')).json()
  const { requestBody, responses } = paths['/things'].post
  t.strictSame(requestBody.content['application/json'].example, exampleThing)
  t.strictSame(responses['201'].content['application/json'].example, newThing)
  t.strictSame(paths['/things/{id}'].get.responses['200'].content['application/json'].example, exampleThing)
  t.notOk('example' in responses['400'].content['application/problem+json'], 'problems have an example for each code')
})

t.test('every answer names its request, and a record its ETag: headers that are always there say so', async (t) => {
  const { paths, components } = (await (await documented(t)).inject('/openapi.json')).json()
  for (const { responses } of Object.values<object>(paths).flatMap((item) => Object.values(item))) {
    for (const [status, { headers }] of Object.entries<{ headers: object }>(responses)) {
      t.match(headers, { 'x-request-id': { $ref: '#/components/headers/RequestId' } }, status)
    }
  }
  t.match(components.headers.RequestId, { required: true, schema: { type: 'string' } })
  const { headers } = paths['/things'].post.responses['201']
  t.match(headers, { etag: { required: true }, location: { required: true }, 'idempotent-replayed': { required: undefined } })
  t.equal(headers.etag.schema.required, undefined, 'required is said of the header, not of its schema')
})

t.test('what is answered to a caller is not to be kept; what is answered to everybody may be', async (t) => {
  const app = await documented(t)
  const response = { 200: { description: 'Keys.', content: { 'application/json': { schema: ref(Thing) } } } }
  app.get('/keys', { schema: { operationId: 'getKeys', security: [], response } }, async () => ({}))
  const { paths, components } = (await app.inject('/openapi.json')).json()
  t.strictSame(paths['/things'].get.responses['200'].headers['cache-control'], { $ref: '#/components/headers/CacheControl' })
  t.notOk('cache-control' in paths['/things'].get.responses['400'].headers)
  t.notOk('cache-control' in paths['/keys'].get.responses['200'].headers)
  t.match(components.headers.CacheControl, { required: true, schema: { const: 'private, no-store' } })
})

t.test("the document is of the API's version, and plain JSON", async (t) => {
  const app = await documented(t)
  await app.ready()
  const document = documentOf(app)
  t.match(document, { info: { version: apiVersion } })
  t.strictSame((await app.inject('/openapi.json')).json(), document)
})
