import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { attemptAt, type Door, shows } from './doors.ts'
import { type Ring, startRing } from './ring.ts'
import type { Session } from './sessions.ts'
import { exchange, type WireAnswer } from './wire.ts'

t.setTimeout(300_000)

interface Shape {
  what: string
  /** The request as it goes over the wire; `inner` is a whole request of its own that is to be hidden in it. */
  text(inner: string): string
}

/** Marks the hidden request: whoever takes it for a request says so in a log line. */
const marker = 'hidden-request'

t.test('two servers that could take one stream of bytes for different requests: the gateway lets none of it through', async (t) => {
  const ring = await startRing(t, { logLevel: 'info' })
  const { system, west, global } = ring
  const { gateway } = system.urls
  const seen = () => Object.values(system.processes).some((process) => process.stdout().includes(marker))
  for (const { what, text } of shapesOf(west)) {
    const answers = await exchange(gateway, text(hidden(west, global)))
    t.ok(answers.length <= 1, `${what}: ${answers.length} answers`)
    t.strictSame(
      answers.filter((answer) => showsSomeoneElse(answer, ring)),
      [],
      `${what}: nothing of another user`,
    )
    t.equal(await othersGetTheirs(ring), true, `${what}: whoever comes next gets their own answers`)
  }
  t.equal(seen(), false, 'no process took what was hidden for a request')
  t.comment(`request smuggling: ${shapesOf(west).length} shapes`)
  await exchange(gateway, hidden(west, global))
  t.ok(await until(seen, { timeoutMs: 10_000, what: 'in the open it is seen' }))
})

/** As the attacker would have it reach a service: with a good token, for another user. */
function hidden(west: Session, global: Session): string {
  return [
    'GET /v1/users/me HTTP/1.1',
    'host: crm.example.com',
    `authorization: Bearer ${west.accessToken}`,
    `x-user-id: ${global.userId}`,
    `x-request-id: ${marker}`,
    'connection: close',
    '',
    '',
  ].join('\r\n')
}

function shapesOf({ accessToken }: Session): Shape[] {
  const head = (...lines: string[]) => [
    'POST /v1/leads HTTP/1.1',
    'host: crm.example.com',
    `authorization: Bearer ${accessToken}`,
    ...lines,
  ]
  const whole = (lines: string[], rest: string) => `${lines.join('\r\n')}\r\n\r\n${rest}`
  const post = (what: string, lines: string[], rest: (inner: string) => string): Shape => ({
    what,
    text: (inner) => whole(head(...lines, 'content-type: application/json'), rest(inner)),
  })
  const ended = (inner: string) => `0\r\n\r\n${inner}`
  const bothLengths = (encoding: string) => (what: string) => post(what, ['content-length: 4', encoding], ended)
  return [
    bothLengths('transfer-encoding: chunked')('a length and chunks, the length first'),
    post('a length and chunks, the chunks first', ['transfer-encoding: chunked', 'content-length: 4'], ended),
    post('a length of the whole and chunks', ['content-length: 400', 'transfer-encoding: chunked'], ended),
    bothLengths('transfer-encoding: identity, chunked')('a length and two codings'),
    bothLengths('transfer-encoding: xchunked')('a length and a coding that nobody knows'),
    bothLengths('transfer-encoding: chunked\r\ntransfer-encoding: identity')('a length and two headers of codings'),
    bothLengths('transfer-encoding:\tchunked')('a length and a coding behind a tab'),
    bothLengths('transfer-encoding: \x0bchunked')('a length and a coding behind a vertical tab'),
    bothLengths('transfer-encoding: "chunked"')('a length and a coding in quotes'),
    bothLengths('Transfer-Encoding : chunked')('a length and a coding with a blank before its colon'),
    bothLengths('transfer-encoding:\r\n chunked')('a length and a coding on two lines'),
    bothLengths('x: 1\ntransfer-encoding: chunked')('a length and a coding behind a lone line feed'),
    bothLengths('x: 1\rtransfer-encoding: chunked')('a length and a coding behind a lone carriage return'),
    bothLengths('transfer_encoding: chunked\r\ntransfer-encoding: chunked, chunked')('a length and chunks in chunks'),
    post('chunks, then another coding', ['transfer-encoding: chunked, identity'], ended),
    post('two lengths', ['content-length: 0', 'content-length: 300'], (inner) => inner),
    post('two lengths by a comma', ['content-length: 0, 300'], (inner) => inner),
    post('a length with a sign', ['content-length: +0'], (inner) => inner),
    post('a length below zero', ['content-length: -1'], (inner) => inner),
    post('a length in hexadecimal', ['content-length: 0x0'], (inner) => inner),
    post('a length with a fraction', ['content-length: 0.0'], (inner) => inner),
    post('an empty length', ['content-length:'], (inner) => inner),
    post('a length beyond all numbers', ['content-length: 18446744073709551616'], (inner) => inner),
    post('a chunk size with a prefix', ['transfer-encoding: chunked'], (inner) => `0x0\r\n\r\n${inner}`),
    post('a chunk size with a sign', ['transfer-encoding: chunked'], (inner) => `+0\r\n\r\n${inner}`),
    post('a chunk size beyond all numbers', ['transfer-encoding: chunked'], (inner) => `10000000000000000\r\n${inner}\r\n0\r\n\r\n`),
    post('a chunk that ends in a lone line feed', ['transfer-encoding: chunked'], (inner) => `1\n{\n0\n\n${inner}`),
    post('an extension of a chunk with a line feed', ['transfer-encoding: chunked'], (inner) => `2;a=\n{}\r\n0\r\n\r\n${inner}`),
    post('a chunk that is longer than it says', ['transfer-encoding: chunked'], (inner) => `1\r\n{}${inner}\r\n0\r\n\r\n`),
    post('a body of a whole request, within its length', ['connection: close', 'content-length: 5000'], (inner) => inner.padEnd(5000)),
    { what: 'a request in the path', text: (inner) => inner.replace('/v1/users/me', '/v1/users/me\nx-user-id:1\n\n/') },
    {
      what: 'an encoded request in the path',
      text: (inner) =>
        whole(
          [
            `GET /v1/leads/${encodeURIComponent(inner).slice(0, 190)} HTTP/1.1`,
            'host: a',
            'connection: close',
            `authorization: Bearer ${accessToken}`,
          ],
          '',
        ),
    },
    {
      what: 'an encoded request in the query',
      text: (inner) =>
        whole(
          [`GET /v1/leads?q=${encodeURIComponent(inner)} HTTP/1.1`, 'host: a', 'connection: close', `authorization: Bearer ${accessToken}`],
          '',
        ),
    },
    {
      what: 'a request in a header',
      text: (inner) =>
        whole(
          [
            'GET /v1/leads HTTP/1.1',
            'host: a',
            'connection: close',
            `authorization: Bearer ${accessToken}`,
            `x-note: 1\n\n${inner.replaceAll('\r\n', '\n')}`,
          ],
          '',
        ),
    },
    { what: 'head ended by line feeds', text: (inner) => `${head('content-length: 0').join('\n')}\n\n${inner}` },
    { what: 'HTTP/0.9', text: (inner) => `GET /v1/leads\r\n${inner}` },
    { what: 'a version that nobody knows', text: (inner) => whole(['GET /v1/leads HTTP/9.9', 'host: a', 'content-length: 0'], inner) },
    { what: 'the preface of HTTP/2', text: (inner) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${inner}` },
    {
      what: 'an upgrade with a request behind it',
      text: (inner) =>
        whole(
          [
            ...head('connection: upgrade', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__', 'content-length: 4'),
            'transfer-encoding: chunked',
          ],
          ended(inner),
        ),
    },
    { what: 'a tunnel', text: (inner) => whole(['CONNECT 127.0.0.1:8002 HTTP/1.1', 'host: 127.0.0.1:8002'], inner) },
  ]
}

function showsSomeoneElse({ body }: WireAnswer, { global }: Ring): boolean {
  return body.includes(global.userId) || body.includes('GlobalTech')
}

/** Several requests of both users at once, over the connections to the services that the attacker's went over. */
async function othersGetTheirs({ doors, viewers, west, global }: Ring): Promise<boolean> {
  const behindTheGateway = doors.filter(({ kind }) => kind === 'gateway')
  const asked = behindTheGateway.flatMap((door) =>
    [1, 2].flatMap(() => Object.entries({ west, global }).map(([name, session]) => ({ door, name, session }))),
  )
  const right = await Promise.all(asked.map(async ({ door, name, session }) => (await viewed(door, session, viewers)) === name))
  return right.every((isRight) => isRight)
}

async function viewed(door: Door, { accessToken, userId }: Session, viewers: Ring['viewers']): Promise<string> {
  return viewers.of(door, await attemptAt(door, { what: 'a call', lines: shows(door, `Bearer ${accessToken}`, userId) }))
}
