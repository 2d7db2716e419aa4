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
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk))
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

const get = 'GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n'
const post =
  'POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: keep-alive\r\n\r\n{"a":1}'
const beginnings = [
  { what: 'nothing', request: get, length: 0 },
  { what: 'a part of a head', request: get, length: 20 },
  { what: 'a part of a body', request: post, length: post.length - 2 },
]

for (const { what, request, length } of beginnings) {
  const answered = async (t: Test) => {
    const { app } = await testServer(t)
    app.get('/things', async () => ({ done: true }))
    app.post('/things', async () => ({ done: true }))
    const ours = await client(t, await listen(app), request.slice(0, length))
    await untilConnected(app, 1)
    return { ...ours, ...beginClose(t, app) }
  }

  t.test(`a client that has sent ${what}, and waits, does not hold up the close of the server`, async (t) => {
    const { isClosed, isOver } = await answered(t)
    t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
    t.ok(await until(isOver, { ...patience, what: 'the connection ends' }))
  })

  t.test(`a client that has sent ${what} is answered when it sends the rest a moment after the close began`, async (t) => {
    const { socket, received, isClosed } = await answered(t)
    await sleep(300)
    socket.write(request.slice(length))
    t.ok(await until(() => received().endsWith('{"done":true}'), { ...patience, what: 'the answer' }))
    t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
  })
}

t.test('a request that was whole when the close began is answered, however long that takes', async (t) => {
  const { app } = await testServer(t)
  const { promise: work, resolve: finish } = Promise.withResolvers<void>()
  let asked = false
  app.get('/things', async () => {
    asked = true
    await work
    return { done: true }
  })
  const { received } = await client(t, await listen(app), get)
  await until(() => asked, { ...patience, what: 'the request' })
  const { isClosed } = beginClose(t, app)
  // Longer than a client with half a request is waited for.
  await sleep(5_000)
  t.notOk(isClosed())
  finish()
  t.ok(await until(() => received().endsWith('{"done":true}'), { ...patience, what: 'the answer' }))
  t.match(received(), /\r\nconnection: close\r\n/i, 'which says that the connection ends')
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})

t.test('a connection whose answer was on its way when the close began is ended after it', async (t) => {
  const { app } = await testServer(t)
  const { promise: rest, resolve: send } = Promise.withResolvers<void>()
  app.get('/things', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': 4 })
    reply.raw.write('ab')
    void rest.then(() => reply.raw.end('cd'))
  })
  const port = await listen(app)
  const { received, isOver } = await client(t, port, get)
  const unfinished = await client(t, port, get.slice(0, 20))
  await until(() => received().endsWith('ab'), { ...patience, what: 'a part of the answer' })
  const { isClosed } = beginClose(t, app)
  await sleep(300)
  send()
  t.ok(await until(() => received().endsWith('abcd'), { ...patience, what: 'the rest of the answer' }))
  t.ok(await until(isOver, { ...patience, what: 'the connection ends' }))
  t.notOk(unfinished.isOver(), 'at once, when a client with half a request is still waited for')
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})

// More than the system takes for a client that does not read.
const large = 'a'.repeat(40_000_000)

/** A client that has not read its large answer, whose handler waits for `work`. */
async function nonReader(t: Test, work: Promise<void>) {
  const { app } = await testServer(t)
  let answer: { writableEnded: boolean } | undefined
  app.get('/things', async (_request, reply) => {
    answer = reply.raw
    await work
    return large
  })
  const port = await listen(app)
  const ours = await client(t, port, '')
  ours.socket.pause().write(get)
  await until(() => answer !== undefined, { ...patience, what: 'the request' })
  return { ...ours, app, isEnded: () => answer?.writableEnded === true }
}

const readsAll = ({ received }: Client) =>
  until(() => received().length > large.length && received().endsWith('a'), { ...patience, what: 'the whole answer' })

t.test('an answer that is not wholly sent when the close begins still reaches a client that reads late', async (t) => {
  const ours = await nonReader(t, Promise.resolve())
  await until(ours.isEnded, { ...patience, what: 'the answer is given' })
  const { isClosed } = beginClose(t, ours.app)
  await sleep(500)
  ours.socket.resume()
  t.ok(await readsAll(ours))
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})

t.test('an answer that is given after the close began still reaches a client that reads late', async (t) => {
  const { promise: work, resolve: finish } = Promise.withResolvers<void>()
  const ours = await nonReader(t, work)
  const { isClosed } = beginClose(t, ours.app)
  await sleep(300)
  finish()
  await until(ours.isEnded, { ...patience, what: 'the answer is given' })
  await sleep(500)
  ours.socket.resume()
  t.ok(await readsAll(ours))
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})

t.test('a client that never reads its answer does not hold up the close of the server', async (t) => {
  const ours = await nonReader(t, Promise.resolve())
  await until(ours.isEnded, { ...patience, what: 'the answer is given' })
  const { isClosed } = beginClose(t, ours.app)
  t.ok(await until(isClosed, { ...patience, what: 'the server closes' }))
})
