import { once } from 'node:events'
import { request, type ServerResponse } from 'node:http'
import { json as jsonOf, text as textOf } from 'node:stream/consumers'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { connectTo, pipelined } from './client-socket.ts'
import { answer as answerWith } from './scripted-service.ts'
import { startGateway } from './start-gateway.ts'

const json = { 'content-type': 'application/json' }

t.test('a body larger than any service reads is refused, however it is sent', async (t) => {
  const { things, authorized, send, problem } = await startGateway(t)
  const body = `"${'x'.repeat(64 * 1024)}"`
  for (const extra of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }]) {
    const answer = await problem('/v1/things', { method: 'POST', headers: { ...authorized, ...json, ...extra }, body })
    t.match(answer, { status: 413, code: 'body_too_large' })
  }
  t.equal(things.received.length, 0)
  const largest = `"${'x'.repeat(64 * 1024 - 2)}"`
  t.equal((await send('/v1/things', { method: 'POST', headers: { ...authorized, ...json }, body: largest })).status, 200)
  t.equal(things.received[0]?.body, largest)
})

t.test('headers and paths that are too large are refused', async (t) => {
  const { things, authorized, problem } = await startGateway(t)
  t.match(await problem('/v1/things', { headers: { ...authorized, 'x-large': 'x'.repeat(20_000) } }), {
    status: 431,
    code: 'headers_too_large',
  })
  t.match(await problem(`/v1/things/${'x'.repeat(201)}`, { headers: authorized }), { status: 400, code: 'validation_failed' })
  t.match(await problem('/v1/things/%ff', { headers: authorized }), { status: 400 })
  t.equal(things.received.length, 0)
})

t.test('what is asked for by more than a path is refused, and no service hears of it', async (t) => {
  const { url, things, authorized } = await startGateway(t)
  const { hostname, port } = new URL(url)
  for (const path of ['/v1/things#', '/v1/things#%zz', '/v1/things/1#/../..', `${url}/v1/things`]) {
    const [answer] = await once(request({ hostname, port, path, headers: authorized }).end(), 'response')
    t.equal(answer.statusCode, 400, path)
    t.match(await jsonOf(answer), { code: 'malformed_request' })
  }
  t.equal(things.received.length, 0)
})

const patience = 60_000

t.test('a request that does not come in time occupies neither the gateway nor a service', async (t) => {
  const { url, things, authorized } = await startGateway(t, { requestWithinMs: 500 })
  const head = ['POST /v1/things HTTP/1.1', 'host: x', `authorization: ${authorized.authorization}`, 'content-type: application/json']
  for (const [what, sent] of [
    ['nothing', ''],
    ['half a head', head.join('\r\n')],
    ['half a body', [...head, 'content-length: 9', '', '{'].join('\r\n')],
    ['half a body in chunks', [...head, 'transfer-encoding: chunked', '', '1', '{', ''].join('\r\n')],
  ] as const) {
    const socket = connectTo(t, url)
    if (sent !== '') socket.write(sent)
    const answer = await textOf(socket)
    t.match(answer, /^HTTP\/1\.1 408 /, what)
    t.match(answer, 'request_timeout', what)
  }
  t.equal(things.received.length, 0)
})

t.test('a client that reads nothing of its answer is cut, and the service is rid of it', async (t) => {
  const { app, url, things, authorized, send } = await startGateway(t, { silentForMs: 500 })
  const part = Buffer.alloc(64 * 1024)
  let answering: ServerResponse | undefined
  things.behave = (_request, response) => {
    answering = response.writeHead(200, { 'content-type': 'application/octet-stream' })
    const more = () => {
      while (!response.destroyed && response.write(part));
    }
    response.on('drain', more)
    more()
  }
  const socket = connectTo(t, url)
  socket.write(pipelined(['/v1/things'], authorized))
  await until(() => answering?.writableNeedDrain, { timeoutMs: patience, what: 'the client holds the answer up' })
  t.ok(await until(() => answering?.closed, { timeoutMs: patience, what: 'the service sees that nobody reads' }))
  socket.resume()
  t.ok(await until(() => socket.closed, { timeoutMs: patience, what: 'the client is cut' }))
  things.behave = answerWith(200, {})
  // Those who come next have all the time that a busy machine takes.
  app.server.setTimeout(patience)
  t.equal((await send('/v1/things', { headers: authorized })).status, 200, 'others are served')
})
