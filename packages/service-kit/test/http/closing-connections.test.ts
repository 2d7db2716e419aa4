import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { listen, testServer } from './test-server.ts'

const patience = { timeoutMs: 20_000, intervalMs: 10 }

interface Client {
  socket: Socket
  received(): string
  isOver(): boolean
}

/** A connection that has sent this. */
async function client(t: Test, port: number, text: string): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  let received = ''
  let over = false
  socket.on('data', (chunk) => (received += String(chunk)))
  socket.on('error', () => {})
  socket.on('close', () => (over = true))
  await once(socket, 'connect')
  if (text !== '') socket.write(text)
  return { socket, received: () => received, isOver: () => over }
}

/** Begins to close; the rest is awaited at teardown, when the clients are gone. */
function beginClose(t: Test, app: { close(): Promise<unknown> }): { isClosed(): boolean } {
  let closed = false
  const closing = app.close().then(() => (closed = true))
  t.teardown(() => closing)
  return { isClosed: () => closed }
}

const untilConnected = (app: { server: { getConnections(callback: (error: Error | null, count: number) => void): void } }, count: number) =>
  until(() => new Promise<boolean>((resolve) => app.server.getConnections((_, there) => resolve(there === count))), {
    ...patience,
    what: `${count} connections`,
  })

const begun: [string, string][] = [
  ['has sent nothing', ''],
  ['has sent a part of a head', 'GET /slow HTTP/1.1\r\nHost: localhost\r\n'],
  [
    'has sent a part of a body',
    'POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
  ],
]
for (const [what, text] of begun) {
  t.test(`a client that ${what}, and waits, does not hold up the close of the server`, async (t) => {
    const { app } = await testServer(t)
    app.post('/things', async () => ({}))
    app.server.requestTimeout = 2_000
    const port = await listen(app)
    const { isOver } = await client(t, port, text)
    await untilConnected(app, 1)
    const { isClosed } = beginClose(t, app)
    t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
    t.ok(await until(isOver, { ...patience, what: 'the connection ends' }))
  })
}

t.test('a request that was whole when the close began is answered, however long that takes', async (t) => {
  const { app } = await testServer(t)
  const { promise: work, resolve: finish } = Promise.withResolvers<void>()
  let asked = false
  app.server.requestTimeout = 1_200
  app.get('/slow', async () => {
    asked = true
    await work
    return { done: true }
  })
  const { received } = await client(t, await listen(app), 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(() => asked, { ...patience, what: 'the request' })
  const { isClosed } = beginClose(t, app)
  await sleep(1_500)
  t.notOk(isClosed())
  finish()
  t.ok(await until(() => received().endsWith('{"done":true}'), { ...patience, what: 'the answer' }))
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})

t.test('a connection whose answer was on its way when the close began is ended after it', async (t) => {
  const { app } = await testServer(t)
  app.server.requestTimeout = 60_000
  const { promise: rest, resolve: send } = Promise.withResolvers<void>()
  app.get('/slow', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': 4 })
    reply.raw.write('ab')
    void rest.then(() => reply.raw.end('cd'))
  })
  const { received } = await client(t, await listen(app), 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(() => received().endsWith('ab'), { ...patience, what: 'a part of the answer' })
  const { isClosed } = beginClose(t, app)
  await sleep(300)
  send()
  t.ok(await until(() => received().endsWith('abcd'), { ...patience, what: 'the rest of the answer' }))
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})

t.test('what a client that was connected sends just after the close began is answered', async (t) => {
  const { app } = await testServer(t)
  app.get('/things', async () => ({ done: true }))
  const { socket, received } = await client(t, await listen(app), '')
  await untilConnected(app, 1)
  const { isClosed } = beginClose(t, app)
  await sleep(300)
  socket.write('GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.ok(await until(() => received().endsWith('{"done":true}'), { ...patience, what: 'the answer' }))
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})
