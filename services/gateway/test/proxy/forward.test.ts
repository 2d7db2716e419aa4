import t from 'tap'
import { answer, hang, reset } from '../scripted-service.ts'
import { startGateway, userId } from '../start-gateway.ts'

const json = { 'content-type': 'application/json' }
const body = JSON.stringify({ name: 'Ünïcode', many: [1, 2.5, null] })

t.test('a request reaches its service as it came: method, path, query and body to the byte', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  const exact = ' {"name" :  "Köhler","a":1.0}\n'
  for (const [method, path, sent] of [
    ['GET', '/v1/things?a=1&a=2&b=%C3%BC&c&d=+&e=%2F%3F', ''],
    ['GET', '/v1/things/a%2Fb%20c', ''],
    ['HEAD', '/v1/things/1', ''],
    ['POST', '/v1/things?dry=true', exact],
    ['POST', '/v1/things', ''],
    ['PUT', '/v1/things/1', exact],
    ['PATCH', '/v1/things/1', exact],
    ['DELETE', '/v1/things/1', ''],
    ['DELETE', '/v1/things/1', exact],
  ] as const) {
    const { status } = await send(path, { method, headers: { ...authorized, ...(sent !== '' && json) }, body: sent })
    t.equal(status, 200, `${method} ${path}`)
    t.match(things.received.at(-1), { method, url: path, body: sent })
  }
  t.equal(things.received.length, 9, 'each once')
})

t.test('a request with a content type and no body stays without one', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  for (const [method, path] of [
    ['POST', '/v1/things'],
    ['PUT', '/v1/things/1'],
    ['PATCH', '/v1/things/1'],
    ['DELETE', '/v1/things/1'],
  ] as const) {
    for (const length of [{ 'content-length': '0' }, { 'transfer-encoding': 'chunked' }]) {
      t.equal((await send(path, { method, headers: { ...authorized, ...json, ...length } })).status, 200)
      t.match(things.received.at(-1), { method, body: '', headers: json }, `${method} ${Object.keys(length)}`)
      const { headers = {} } = things.received.at(-1) ?? {}
      t.equal(Number(headers['content-length'] ?? 0), 0)
      t.notOk('transfer-encoding' in headers)
    }
  }
})

t.test('the answer to HEAD has the headers that the one to GET has', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  for (const length of ['17', '1000000']) {
    things.behave = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': length, etag: '"3"' }).end()
    const { headers, text } = await send('/v1/things/1', { method: 'HEAD', headers: authorized })
    t.match({ headers, text }, { headers: { 'content-length': length, etag: '"3"' }, text: '' })
  }
})

t.test('a body that is no JSON, or says nothing of its type, is left to the service', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  for (const type of ['application/merge-patch+json', 'text/plain; charset=latin1', undefined]) {
    await send('/v1/things', { method: 'POST', headers: { ...authorized, ...(type && { 'content-type': type }) }, body: '<x>' })
    t.match(things.received.at(-1), { body: '<x>', headers: { 'content-type': type ?? 'application/octet-stream', 'content-length': '3' } })
  }
})

t.test('an answer comes back as it was given: status, headers and body', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  for (const status of [200, 201, 400, 404, 409, 412, 422, 500, 503]) {
    things.behave = answer(status, { status }, { etag: '"3"', location: '/v1/things/1', 'x-other': 'kept' })
    const { headers, ...got } = await send('/v1/things', { method: 'POST', headers: { ...authorized, ...json }, body })
    t.match(
      { ...got, headers },
      { status, text: JSON.stringify({ status }), headers: { etag: '"3"', location: '/v1/things/1', 'x-other': 'kept' } },
    )
  }
  things.behave = (_request, response) => response.writeHead(204).end()
  t.match(await send('/v1/things/1', { method: 'DELETE', headers: authorized }), { status: 204, text: '' })
  things.behave = answer(200, { long: 'x'.repeat(2_000_000) })
  t.equal((await send('/v1/things', { headers: authorized })).text.length, 2_000_011)
  things.behave = answer(200, { long: 'ü'.repeat(4_000_000) })
  t.equal((await send('/v1/things', { headers: authorized })).text, JSON.stringify({ long: 'ü'.repeat(4_000_000) }), 'larger than any list')
})

t.test('a service below a path is asked below that path', async (t) => {
  const { things, authorized, send } = await startGateway(t, { thingsPath: '/internal/things-service' })
  t.equal((await send('/v1/things/1?a=b', { headers: authorized })).status, 200)
  t.equal(things.received[0]?.url, '/internal/things-service/v1/things/1?a=b')
  t.match(JSON.parse((await send('/health')).text), { status: 'ok' })
})

t.test('an answer 503 is asked for once, whatever Retry-After says', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  things.behave = answer(503, { code: 'unavailable' }, { 'retry-after': '0' })
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
    things.received = []
    t.match(await send('/v1/things/1'.slice(0, method === 'POST' ? 10 : undefined), { method, headers: authorized }), {
      status: 503,
      headers: { 'retry-after': '0' },
    })
    t.equal(things.received.length, 1, method)
  }
})

t.test('a write whose connection is lost is never sent again: its effect is unknown', async (t) => {
  const { things, authorized, problem } = await startGateway(t)
  things.behave = reset
  for (const [method, path] of [
    ['POST', '/v1/things'],
    ['PUT', '/v1/things/1'],
    ['PATCH', '/v1/things/1'],
    ['DELETE', '/v1/things/1'],
  ] as const) {
    things.received = []
    const { status, code, headers } = await problem(path, { method, headers: { ...authorized, ...json, 'idempotency-key': 'k' }, body })
    t.match({ status, code, headers }, { status: 503, code: 'dependency_unavailable', headers: { 'retry-after': '1' } }, method)
    t.equal(things.received.length, 1, method)
  }
})

t.test('a read whose connection is lost is sent once more, and no oftener', async (t) => {
  const { things, authorized, send, problem } = await startGateway(t)
  things.behave = (request, response) => (things.received.length === 1 ? reset : answer(200, { id: 1 }))(request, response)
  t.match(await send('/v1/things/1', { headers: authorized }), { status: 200, text: '{"id":1}' })
  t.equal(things.received.length, 2)
  things.received = []
  things.behave = reset
  t.match(await problem('/v1/things/1', { headers: authorized }), { status: 503, code: 'dependency_unavailable' })
  t.equal(things.received.length, 2)
})

t.test('a service that is down is 503 at once, and back as soon as it is', async (t) => {
  const { things, authorized, send, problem } = await startGateway(t)
  await things.stop()
  for (const method of ['GET', 'POST']) {
    t.match(await problem('/v1/things', { method, headers: authorized }), {
      status: 503,
      code: 'dependency_unavailable',
      detail: 'things-service does not answer at the moment.',
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
    })
  }
  await things.start()
  t.equal((await send('/v1/things', { headers: authorized })).status, 200)
})

t.test('a service that takes too long is 504, for reads and writes alike, and is asked once', async (t) => {
  const { things, authorized, problem } = await startGateway(t, { answerWithinMs: 2_000 })
  things.behave = hang
  const methods = ['GET', 'POST']
  const answers = await Promise.all(methods.map((method) => problem('/v1/things', { method, headers: authorized })))
  for (const [n, method] of methods.entries()) t.match(answers[n], { status: 504, code: 'dependency_timeout' }, method)
  t.strictSame(things.received.map(({ method }) => method).sort(), methods)
})

t.test('an answer that breaks off is not passed on as a whole one', async (t) => {
  const { things, authorized, send, problem } = await startGateway(t)
  const breakOff = (length: number) => {
    things.behave = (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(length), etag: '"3"' }).write('{"half":')
      setImmediate(() => request.socket.destroy())
    }
  }
  for (const length of [100, 1_000_000]) {
    breakOff(length)
    const { headers, ...got } = await problem('/v1/things', { headers: authorized })
    t.match(got, { status: 503, code: 'dependency_unavailable' })
    t.notOk('etag' in headers, 'nothing of it is left')
    t.match(headers, {
      'x-request-id': /./,
      'ratelimit-limit': /./,
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
    })
  }
  breakOff(5_000_000)
  await t.rejects(send('/v1/things', { headers: authorized }), 'what has begun ends without its end')
})

t.test('connections to services are kept: many requests need few', async (t) => {
  const { things, authorized, send } = await startGateway(t)
  for (let round = 0; round < 5; round++) await Promise.all([1, 2, 3, 4].map((id) => send(`/v1/things/${id}`, { headers: authorized })))
  t.equal(things.received.length, 20)
  t.ok(things.connections.made <= 4, `${things.connections.made} connections`)
})

t.test("the user whom a service sees is the token's, whatever the client says", async (t) => {
  const { things, authorized, send, tokenOf } = await startGateway(t)
  const other = '01980000-0000-7000-8000-00000000ffff'
  for (const forged of [
    ['x-user-id', other],
    ['X-USER-ID', other],
    ['x-user-id', other, 'X-User-Id', other],
    ['x-user-id', other, 'connection', 'x-user-id'],
    ['connection', 'x-user-id, authorization'],
    ['x_user_id', other],
  ]) {
    things.received = []
    await send('/v1/things', { headers: ['host', 'crm.example.com', 'authorization', authorized.authorization, ...forged] })
    const [{ rawHeaders = [] } = {}] = things.received
    const ids = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'x-user-id')
    t.strictSame(ids, [userId], forged.join(' '))
    t.equal(things.received[0]?.headers.authorization, authorized.authorization, forged.join(' '))
  }
  await send('/v1/things', { headers: { authorization: `Bearer ${tokenOf(other)}` } })
  t.equal(things.received.at(-1)?.headers['x-user-id'], other)
})

t.test('a path with dot segments or a backslash is no operation', async (t) => {
  const { things, authorized, problem } = await startGateway(t)
  for (const path of [
    '/v1/things/..',
    '/v1/things/%2e%2E',
    '/v1/things/.',
    '/v1/things/%2e',
    '/v1/things/..%2fusers',
    '/v1/things/a%5cb',
    '/v1/things/\\a',
  ]) {
    t.match(await problem(path, { headers: authorized }), { status: 404, code: 'not_found' }, path)
  }
  t.equal(things.received.length, 0)
})

t.test('a part of a path with dots at its begin or at a slash is no id', async (t) => {
  const { things, authorized, problem, send } = await startGateway(t)
  for (const path of ['/v1/things/..a', '/v1/things/a..%2fb', '/v1/things/a%2F..b', '/v1/things/%2e%2ex', '/v1/things/...']) {
    for (const method of ['GET', 'DELETE']) {
      t.match(await problem(path, { method, headers: authorized }), { status: 400, code: 'validation_failed' }, `${method} ${path}`)
    }
  }
  t.equal(things.received.length, 0)
  for (const path of ['/v1/things/a..', '/v1/things/a..b', '/v1/things/.a', '/v1/things/a%2F.b', '/v1/things?q=/..a']) {
    t.equal((await send(path, { headers: authorized })).status, 200, path)
    t.equal(things.received.at(-1)?.url, path)
  }
})
