import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { type GatewaySettings, startGateway, type TestGateway } from '../start-gateway.ts'

interface OpenStream {
  response: IncomingMessage
  text(): string
  isWhole(): boolean
  leave(): void
}

/** Milliseconds that are never needed, however busy the machine is. */
const patience = 60_000

/** Opens the stream as a client of its own, once its first part has come. */
async function open({ url, authorized }: TestGateway): Promise<OpenStream> {
  const { hostname, port } = new URL(url)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { ...authorized, accept: 'text/event-stream' }
    request({ hostname, port, path: '/v1/things/stream', headers, agent: false }, resolve).on('error', reject).end()
  })
  let text = ''
  response.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  response.on('error', () => {})
  await until(() => text.startsWith(':ok'), { timeoutMs: patience, what: 'the stream begins' })
  return { response, text: () => text, isWhole: () => response.complete, leave: () => response.destroy() }
}

/** The gateway, and the service's side of every stream that was opened. */
async function start(t: Test, times: Pick<GatewaySettings, 'answerWithinMs'> = {}) {
  const gateway = await startGateway(t, times)
  const sources: ServerResponse[] = []
  gateway.things.behave = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(':ok\n\n')
    sources.push(response)
  }
  return { gateway, sources }
}

t.test('events arrive one by one as they are sent, and no time for an answer ends the stream', async (t) => {
  const { gateway, sources } = await start(t, { answerWithinMs: 2_000 })
  const stream = await open(gateway)
  t.match(stream.response.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  for (let event = 1; event <= 3; event++) {
    sources[0]?.write(`data: ${event}\n\n`)
    await until(() => stream.text().endsWith(`data: ${event}\n\n`), { timeoutMs: patience, what: `event ${event}` })
  }
  // Another request outlasts the time that is given to begin an answer.
  gateway.things.behave = () => {}
  t.equal((await gateway.send('/v1/things', { headers: gateway.authorized })).status, 504)
  sources[0]?.write('data: later\n\n')
  await until(() => stream.text().endsWith('data: later\n\n'), { timeoutMs: patience, what: 'the stream goes on' })
  sources[0]?.end()
  t.ok(await until(() => stream.isWhole(), { timeoutMs: patience, what: 'its end arrives' }))
})

t.test('a client that leaves ends the stream at the service', async (t) => {
  const { gateway, sources } = await start(t)
  const [stays, leaves] = [await open(gateway), await open(gateway)]
  leaves.leave()
  t.ok(await until(() => sources[1]?.destroyed, { timeoutMs: patience, what: 'the service sees it' }))
  t.notOk(sources[0]?.destroyed)
  sources[0]?.write('data: 1\n\n')
  await until(() => stays.text().endsWith('data: 1\n\n'), { timeoutMs: patience, what: 'the other goes on' })
})

t.test('a service that goes away ends the stream at the client', async (t) => {
  const { gateway, sources } = await start(t)
  const stream = await open(gateway)
  sources[0]?.destroy()
  t.ok(await until(() => stream.response.closed, { timeoutMs: patience, what: 'the client sees it' }))
})

t.test('many open streams leave the connections to the others', async (t) => {
  const { gateway } = await start(t)
  await Promise.all(Array.from({ length: 150 }, () => open(gateway)))
  gateway.things.behave = (_request, response) => response.end('{}')
  t.equal((await gateway.send('/v1/things', { headers: gateway.authorized })).status, 200)
})

t.test('the gateway closes although streams are open: clients get an end, services see theirs gone', async (t) => {
  const { gateway, sources } = await start(t)
  const streams = await Promise.all([open(gateway), open(gateway)])
  await gateway.app.close()
  t.ok(await until(() => streams.every((stream) => stream.isWhole()), { timeoutMs: patience, what: 'whole answers' }))
  t.ok(await until(() => sources.every((source) => source.destroyed), { timeoutMs: patience, what: 'the service sees it' }))
})

t.test('a stream that begins when the gateway closes already does not hold up the close', async (t) => {
  const { gateway, sources } = await start(t)
  const { promise: asked, resolve: wasAsked } = Promise.withResolvers<() => void>()
  const { behave } = gateway.things
  gateway.things.behave = (request, response) => wasAsked(() => behave(request, response))
  const headers = { ...gateway.authorized, accept: 'text/event-stream' }
  const answer = fetch(`${gateway.url}/v1/things/stream`, { headers })
  const begin = await asked
  const closing = gateway.app.close()
  await until(() => gateway.app.server.listening === false, { timeoutMs: patience, what: 'the close begins' })
  begin()
  t.equal(await (await answer).text(), '', 'the client is told to come again')
  await closing
  t.ok(await until(() => sources[0]?.destroyed, { timeoutMs: patience, what: 'the service sees it' }))
})

t.test('a stream asked for without a good token is a problem, and asks nobody', async (t) => {
  const { gateway } = await start(t)
  t.match(await gateway.problem('/v1/things/stream'), { status: 401, code: 'unauthenticated' })
  t.equal(gateway.things.received.length, 0)
})
