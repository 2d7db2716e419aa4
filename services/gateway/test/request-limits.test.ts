import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { json as jsonOf } from 'node:stream/consumers'
import t from 'tap'
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

t.test('a body that does not come in time occupies no service', async (t) => {
  const { url, things, authorized } = await startGateway(t)
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  socket.write(
    [
      'POST /v1/things HTTP/1.1',
      'host: x',
      `authorization: ${authorized.authorization}`,
      'content-type: application/json',
      'content-length: 9',
      '',
      '{',
    ].join('\r\n'),
  )
  await new Promise((closed) => socket.once('close', closed))
  t.match(text, /^HTTP\/1\.1 408 /)
  t.match(text, 'request_timeout')
  t.equal(things.received.length, 0)
})
