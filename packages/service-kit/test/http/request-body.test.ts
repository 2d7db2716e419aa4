import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { Text } from '../../src/http/schemas.ts'
import { isProblem, listen, post, testServer } from './test-server.ts'

const body = Type.Object({ name: Text({}) }, { additionalProperties: false })
const json = { 'content-type': 'application/json' }

async function things(t: Test) {
  const { app } = await testServer(t)
  app.post('/things', { schema: { body } }, async (request) => request.body)
  app.post('/things/restore', { schema: {} }, async (request) => request.body ?? 'nothing')
  app.delete('/things', { schema: {} }, async (request) => request.body ?? 'nothing')
  return app
}

const malformed: [string, string | Buffer][] = [
  ['an empty body', ''],
  ['half a body', '{"name": "A'],
  ['text that is no JSON', 'name=Ada'],
  ['two values', '{"name":"A"} {"name":"B"}'],
  ['a trailing comma', '{"name":"A",}'],
  ['a key __proto__', '{"name":"A","__proto__":{"isAdmin":true}}'],
  ['an escaped key __proto__', '{"name":"A","\\u005f_proto__":{"isAdmin":true}}'],
  ['a constructor with a prototype', '{"name":"A","constructor":{"prototype":{"isAdmin":true}}}'],
  ['a body in Latin-1', Buffer.from('{"name":"Zo\u00eb"}', 'latin1')],
  ['a body with an encoded surrogate', Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])],
]
for (const [what, payload] of malformed) {
  t.test(`${what} is 400 malformed_body`, async (t) => {
    isProblem(t, await post(await things(t), '/things', payload), { status: 400, code: 'malformed_body' })
  })
}

t.test('UTF-8 comes through whole, with a parameter of the content type as without', async (t) => {
  const app = await things(t)
  for (const type of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON']) {
    const payload = JSON.stringify({ name: 'Zoë \u2028 😀' })
    const response = await app.inject({ method: 'POST', url: '/things', payload, headers: { 'content-type': type } })
    t.strictSame(response.json(), { name: 'Zoë \u2028 😀' }, type)
  }
})

const unsupported: [string, Record<string, string>][] = [
  ['text/plain', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a multipart form', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['XML', { 'content-type': 'application/xml' }],
  ['JSON by another name', { 'content-type': 'application/jsonp' }],
  ['no content type', {}],
]
for (const [what, headers] of unsupported) {
  t.test(`a body with ${what} is 415`, async (t) => {
    const app = await things(t)
    const response = await app.inject({ method: 'POST', url: '/things', payload: Buffer.from('{"name":"A"}'), headers })
    isProblem(t, response, { status: 415, code: 'unsupported_media_type' })
  })
}

t.test('a body of 64 KiB is read, one byte more is 413', async (t) => {
  const app = await things(t)
  const ofBytes = (bytes: number) => `{"name":"${'a'.repeat(bytes - 11)}"}`
  t.equal((await post(app, '/things', ofBytes(65_536))).statusCode, 200)
  isProblem(t, await post(app, '/things', ofBytes(65_537)), { status: 413, code: 'body_too_large' })
})

t.test('a body that does not say how long it is is 413 once it is too long', async (t) => {
  const app = await things(t)
  const port = await listen(app)
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.from('a'.repeat(60_000)))
    },
  })
  const response = await fetch(`http://127.0.0.1:${port}/things`, { method: 'POST', body: stream, headers: json, duplex: 'half' })
  t.equal(response.status, 413)
  t.match(await response.json(), { code: 'body_too_large', status: 413 })
})

t.test('an operation that declares no body takes none', async (t) => {
  const app = await things(t)
  const requests = [
    { method: 'POST' as const, url: '/things/restore' },
    { method: 'DELETE' as const, url: '/things' },
  ]
  for (const request of requests) {
    t.equal((await app.inject(request)).body, 'nothing', `${request.method} without a body`)
    t.equal((await app.inject({ ...request, payload: '{}', headers: json })).statusCode, 200, `${request.method} {}`)
    const fields = await app.inject({ ...request, payload: '{"a/b":1,"c":2}', headers: json })
    isProblem(t, fields, {
      status: 400,
      code: 'validation_failed',
      errors: [
        { pointer: '/body/a~1b', message: 'is not a known field' },
        { pointer: '/body/c', message: 'is not a known field' },
      ],
    })
    for (const payload of ['[1]', '"text"', '5', 'true']) {
      const other = await app.inject({ ...request, payload, headers: json })
      isProblem(t, other, { status: 400, code: 'validation_failed', errors: [{ pointer: '/body', message: 'must be left out' }] })
    }
  }
})
