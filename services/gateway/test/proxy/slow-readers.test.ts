import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { connectTo, pipelined } from '../client-socket.ts'
import { type GatewaySettings, startGateway } from '../start-gateway.ts'

const patience = 60_000
const json = { 'content-type': 'application/json' }
const large = JSON.stringify({ long: 'x'.repeat(4_000_000) })
const other = '01980000-0000-7000-8000-00000000ffff'

/** The gateway before a service whose things are as their ids say. */
async function start(t: Test, settings: GatewaySettings) {
  const gateway = await startGateway(t, { answerWithinMs: patience, ...settings })
  const answers: { path: string; response: ServerResponse }[] = []
  gateway.things.behave = ({ url = '' }, response) => {
    answers.push({ path: url, response })
    if (url === '/v1/things/hang') return
    if (url === '/v1/things/endless') return sendEndlessly(response)
    if (url === '/v1/things/stream') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':ok\n\n')
    if (url === '/v1/things/half') return void response.writeHead(200, { ...json, 'content-length': large.length }).write('{')
    const body = url === '/v1/things/large' ? large : '{}'
    response.writeHead(200, { ...json, 'content-length': body.length }).end(body)
  }
  const answersTo = (path: string) => answers.filter((answer) => answer.path === path).map(({ response }) => response)
  const ask = (paths: string[]): Socket => {
    const socket = connectTo(t, gateway.url)
    socket.write(pipelined(paths, gateway.authorized))
    return socket
  }
  return { ...gateway, answersTo, ask, otherUser: { authorization: `Bearer ${gateway.tokenOf(other)}` } }
}

function sendEndlessly(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  const part = Buffer.alloc(64 * 1024)
  const more = () => {
    while (!response.destroyed && response.write(part));
  }
  response.on('drain', more)
  more()
}

const isAnswered = (response: ServerResponse): boolean => response.writableFinished

t.test('clients that read nothing of their answers keep no connection to the service: it is free for others', async (t) => {
  const { answersTo, ask, send, otherUser } = await start(t, { connections: 2 })
  // What the network takes is no more than the first of two.
  const sockets = Array.from({ length: 4 }, () => ask(['/v1/things/large', '/v1/things/large']))
  const isFree = () => answersTo('/v1/things/large').filter(isAnswered).length === 8
  await until(isFree, { timeoutMs: patience, what: 'the service is rid of all answers' })
  t.equal((await send('/v1/things/1', { headers: otherUser })).status, 200)
  t.ok(sockets.every((socket) => socket.bytesRead < 2 * large.length))
  for (const socket of sockets) socket.resume()
  const areRead = () => sockets.every((socket) => socket.bytesRead > 2 * large.length)
  t.ok(await until(areRead, { timeoutMs: patience, what: 'each gets its answers whole' }))
})

t.test('when answers that nobody reads fill the memory, those of the user who holds the most give way', async (t) => {
  const { answersTo, ask, send, problem, authorized, otherUser } = await start(t, { answerMemoryBytes: 3.5 * large.length })
  // Behind one that does not come, no part of an answer is sent.
  const sockets = Array.from({ length: 3 }, () => ask(['/v1/things/hang', '/v1/things/large']))
  await until(() => answersTo('/v1/things/large').filter(isAnswered).length === 3, { timeoutMs: patience, what: 'three are held' })
  const refused = async () => {
    const answer = await problem('/v1/things/large', { headers: authorized })
    return answer.status === 503 && answer
  }
  t.match(await until(refused, { timeoutMs: patience, what: 'their user gets no more' }), {
    code: 'unavailable',
    headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
  })
  t.equal((await send('/v1/things/1', { headers: authorized })).status, 200, 'but small ones')
  t.equal((await send('/v1/things/large', { headers: otherUser })).text, large, 'and another user any')
  await until(() => sockets.some((socket) => socket.closed), { timeoutMs: patience, what: 'one was cut' })
  t.equal(sockets.filter((socket) => socket.closed).length, 1)
  for (const socket of sockets) socket.destroy()
  const served = async () => (await send('/v1/things/large', { headers: authorized })).text === large
  t.ok(await until(served, { timeoutMs: patience, what: 'room again' }))
})

t.test('a client that leaves ends the answer at the service, also one that was yet to be sent', async (t) => {
  const { answersTo, ask } = await start(t, {})
  const kinds = ['half', 'endless', 'stream'].map((kind) => `/v1/things/${kind}`)
  for (const paths of kinds.flatMap((kind) => [[kind], ['/v1/things/hang', kind]])) {
    const socket = ask(paths)
    const last = paths.at(-1) ?? ''
    const answer = await until(() => answersTo(last).find(({ closed }) => !closed), { timeoutMs: patience, what: 'it is asked for' })
    await until(() => answer.headersSent, { timeoutMs: patience, what: 'it begins' })
    socket.destroy()
    t.ok(await until(() => answer.closed, { timeoutMs: patience, what: `the service sees it: ${paths}` }))
  }
})

t.test('an answer has its time, however busily its client reads; an event stream lasts', async (t) => {
  const { ask, answersTo } = await start(t, { sendWithinMs: 1_000 })
  const stream = ask(['/v1/things/stream'])
  let events = ''
  stream.setEncoding('utf8').on('data', (part) => {
    events += part
  })
  await until(() => events.includes(':ok'), { timeoutMs: patience, what: 'the stream begins' })
  const reader = ask(['/v1/things/endless']).resume()
  t.ok(await until(() => reader.closed, { timeoutMs: patience, what: 'the reader is cut' }))
  t.ok(await until(() => answersTo('/v1/things/endless')[0]?.closed, { timeoutMs: patience, what: 'the service is rid of it' }))
  answersTo('/v1/things/stream')[0]?.write('data: later\n\n')
  t.ok(await until(() => events.includes('data: later'), { timeoutMs: patience, what: 'the stream goes on' }))
})
