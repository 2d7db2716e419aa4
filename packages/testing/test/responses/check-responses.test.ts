import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { checkResponses } from '../../src/responses/check-responses.ts'
import { checkedFetch } from '../../src/responses/checked-fetch.ts'
import { responseCheck } from '../../src/responses/response-check.ts'
import { exampleApi } from './example-api.ts'

const thing = { id: '01980000-0000-7000-8000-000000000001', name: 'A', size: 'SMALL', parent: null }

/** A server whose routes live in a plugin, as those of a service do, and what was found wrong with its answers. */
async function server(
  t: Test,
  answer: (url: string) => { status?: 200 | 418; value: unknown },
): Promise<{ app: FastifyInstance; faults: string[] }> {
  const faults: string[] = []
  const stop = checkResponses({ check: responseCheck(exampleApi()), onFault: (fault) => faults.push(fault) })
  const app = Fastify()
  stop()
  t.teardown(() => app.close())
  const response = { 200: { type: 'object', properties: { id: {}, name: { type: 'string' }, size: {}, parent: {} } }, 418: {} }
  await app.register(async (plugin) => {
    plugin.get('/v1/things/:thingId', { schema: { response } }, async (request, reply) => {
      const { status = 200, value } = answer(request.url)
      reply.code(status).headers({ etag: '"1"', 'x-request-id': 'r-1' })
      return value
    })
  })
  return { app, faults }
}

t.test('every server made later is watched, whether it is called by inject or by a socket', async (t) => {
  const { app, faults } = await server(t, (url) => ({ status: url.endsWith('1') ? 200 : 418, value: thing }))
  await app.inject('/v1/things/1')
  t.strictSame(faults, [])
  await app.inject('/v1/things/2')
  await fetch(`${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/things/3`)
  const fault = 'getThing (GET /v1/things/{thingId}) answered 418, which its document does not name (200, 404)'
  t.strictSame(faults, [fault, fault])
})

t.test('a field that the serializer leaves out, and a null it turns into text, do not go unnoticed', async (t) => {
  const { app, faults } = await server(t, () => ({ value: { ...thing, name: null, passwordHash: 'x' } }))
  t.strictSame((await app.inject('/v1/things/1')).json(), { ...thing, name: '' }, 'what came over the wire looks right')
  const handler = 'getThing (GET /v1/things/{thingId}) has a handler that answers 200 with a value in which'
  t.strictSame(faults, [`${handler} / must NOT have additional properties ('passwordHash')`, `${handler} /name must be string`])
})

t.test('a header that a plugin sets as an answer goes out is seen, once, and so is an answer to what is no operation', async (t) => {
  const { app, faults } = await server(t, () => ({ value: thing }))
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('set-cookie', 'a=b')
    return payload
  })
  app.get('/v1/things/me', (_request, reply) => reply.headers({ etag: '"1"', 'x-request-id': 'r-1' }).send(thing))
  app.setNotFoundHandler((_request, reply) => reply.code(401).send({}))
  const fault = 'getMyThing (GET /v1/things/me) answered 200 with the header set-cookie, which its document does not name'
  await app.inject('/v1/things/me')
  await app.inject({ method: 'HEAD', url: '/v1/things/me' })
  t.strictSame(faults, [fault, fault])
  await app.inject('/v1/nothing')
  t.strictSame(faults.slice(2), ['GET /v1/nothing answered 401, but is no operation'])
})

t.test('a server made after the end is not watched', async (t) => {
  const faults: string[] = []
  checkResponses({ check: responseCheck(exampleApi()), onFault: (fault) => faults.push(fault) })()
  const app = Fastify()
  app.get('/v1/things/:thingId', async () => 'as it likes')
  await app.inject('/v1/things/1')
  t.strictSame(faults, [])
})

t.test('checkedFetch answers as fetch does, and rejects what the API does not document', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.get('/v1/leads/:leadId', (_request, reply) => reply.code(418).send({}))
  app.get('/live', async () => ({ status: 'live' }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.same(await (await checkedFetch(`${url}/live`)).json(), { status: 'live' })
  await t.rejects(checkedFetch(new URL('/v1/leads/1', url)), { message: /^getLead \(GET \/v1\/leads\/\{leadId\}\) answered 418, which/ })
})
