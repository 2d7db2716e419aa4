import { membersOf } from '@crm/openapi/json.ts'
import t from 'tap'
import { loadGatewayConfig } from '../../src/config.ts'
import { readDocument } from '../../src/documents/read-document.ts'
import { publicOperations } from '../../src/routing/public-operations.ts'
import { routedServices } from '../../src/routing/services.ts'
import { startGateway } from '../start-gateway.ts'

const routed = routedServices(loadGatewayConfig({})).flatMap(({ document }) => publicOperations(document))

t.test('every operation of the public API is passed on, and nothing else', async (t) => {
  const methods = ['get', 'post', 'put', 'patch', 'delete']
  const documented = membersOf(readDocument('gateway').paths).flatMap(([path, item]) =>
    membersOf(item).flatMap(([method]) => (methods.includes(method) ? [`${method.toUpperCase()} ${path}`] : [])),
  )
  const passedOn = routed.map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
  t.strictSame(passedOn.toSorted(), documented.toSorted())
})

t.test('these operations alone want no access token', async (t) => {
  const open = routed.filter(({ isOpen }) => isOpen).map(({ method, url }) => `${method} ${url}`)
  t.strictSame(open.toSorted(), ['GET /.well-known/jwks.json', 'POST /v1/auth/login', 'POST /v1/auth/logout', 'POST /v1/auth/refresh'])
})

t.test('an operation is a stream when its document says so, and open only when it says that it asks for nothing', async (t) => {
  const operation = (parts: object) => ({ paths: { '/v1/things/{thingId}': { get: { responses: {}, ...parts } } } })
  const of = (parts: object) => publicOperations(operation(parts))[0]
  const url = '/v1/things/:thingId'
  t.strictSame(of({}), { method: 'GET', url, isOpen: false, isStream: false })
  t.match(of({ security: [] }), { isOpen: true })
  t.match(of({ security: [{ userId: [] }] }), { isOpen: false })
  t.match(of({ responses: { 200: { content: { 'text/event-stream': {} } } } }), { isStream: true })
})

t.test('what is no operation is 404, and no service is asked: probes, metrics and documents of services too', async (t) => {
  const { things, userService, authorized, problem } = await startGateway(t)
  for (const [method, path] of [
    ['GET', '/v1/none'],
    ['GET', '/v1'],
    ['GET', '/v1/things/1/metrics'],
    ['GET', '/v2/things'],
    ['GET', '/V1/things'],
    ['GET', '//v1/things'],
    ['PUT', '/v1/things'],
    ['OPTIONS', '/v1/things'],
    ['GET', '/user-service/health'],
  ] as const) {
    t.match(await problem(path, { method, headers: authorized }), { status: 404, code: 'not_found' }, `${method} ${path}`)
  }
  t.equal(things.received.length + userService.received.length, 0)
})
