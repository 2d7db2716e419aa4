import { connect, type Socket } from 'node:net'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { listen, testServer } from './test-server.ts'

interface RawAnswer {
  status: number
  headers: Headers
  body: unknown
}

/** Writes to a socket, leaves its own side open and reads to the end of the answer. */
async function send(t: Test, port: number, text: string): Promise<RawAnswer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.write(text)
  return parse(Buffer.concat(await socket.toArray()).toString())
}

function parse(answer: string): RawAnswer {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2)
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line): [string, string] => [line.split(': ', 1)[0] ?? '', line.slice(line.indexOf(': ') + 2)]))
  return { status: Number(statusLine.split(' ')[1]), headers, body: JSON.parse(body) }
}

async function listening(t: Test) {
  const { app } = await testServer(t)
  app.get('/things', async () => ({}))
  app.post('/things', { schema: { body: { type: 'object' } } }, async () => ({}))
  return { app, port: await listen(app) }
}

const cases: { what: string; text: string; status: number; code: string }[] = [
  { what: 'what is no HTTP', text: 'hello\r\n\r\n', status: 400, code: 'malformed_request' },
  { what: 'an unknown method', text: 'FETCH /things HTTP/1.1\r\nHost: localhost\r\n\r\n', status: 400, code: 'malformed_request' },
  {
    what: 'a header line without a name',
    text: 'GET /things HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n',
    status: 400,
    code: 'malformed_request',
  },
  {
    what: 'two lengths of one body',
    text: 'POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    code: 'malformed_request',
  },
  {
    what: 'headers of more than 16 KiB',
    text: `GET /things HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
    status: 431,
    code: 'headers_too_large',
  },
  {
    what: 'a request with two Hosts',
    text: 'GET /things HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    status: 400,
    code: 'malformed_request',
  },
  { what: 'a request without a Host', text: 'GET /things HTTP/1.1\r\nConnection: close\r\n\r\n', status: 400, code: 'malformed_request' },
]
for (const { what, text, status, code } of cases) {
  t.test(`${what} is answered by the problem ${code}, and the connection ends`, async (t) => {
    const { port } = await listening(t)
    const answer = await send(t, port, text)
    t.equal(answer.status, status)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
    t.match(answer.body, { type: `urn:crm:problem:${code}`, status, code, requestId: answer.headers.get('x-request-id') })
    t.ok(answer.headers.get('x-request-id'))
  })
}

t.test('a client that leaves its connection open after such an answer does not hold up the close of the server', async (t) => {
  const { app, port } = await listening(t)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.on('error', () => {})
  socket.write('hello\r\n\r\n')
  await until(() => answer.includes('malformed_request'), { timeoutMs: 5000, what: 'the answer' })
  let closed = false
  const closing = app.close().then(() => {
    closed = true
  })
  t.teardown(() => closing)
  // Should it hang, the client's end lets the test finish all the same.
  t.teardown(() => socket.destroy())
  await until(() => closed, { timeoutMs: 10_000, what: 'the server closes' })
  t.ok(closed)
})

const endings: [string, (socket: Socket) => unknown][] = [
  ['ends its side', (socket) => socket.end()],
  ['resets the connection', (socket) => socket.resetAndDestroy()],
]
for (const [what, end] of endings) {
  t.test(`a client that ${what} in the middle of its body is no error of the service`, async (t) => {
    const { app, logs } = await testServer(t)
    const [begun, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()]
    app.addHook('onRequest', async () => begun.resolve())
    app.addHook('onSend', async (_request, _reply, payload) => answered.resolve(payload))
    app.post('/things', { schema: { body: { type: 'object' } } }, async () => ({}))
    const socket = connect({ port: await listen(app), host: '127.0.0.1' })
    t.teardown(() => socket.destroy())
    socket.write('POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a":')
    await begun.promise
    end(socket)
    t.match(await answered.promise, '"code":"malformed_body"')
    t.strictSame(
      logs().filter(({ level }) => level !== 'info'),
      [],
    )
  })
}
