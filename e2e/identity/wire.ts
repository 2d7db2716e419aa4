import { connect } from 'node:net'

export interface WireAnswer {
  status: number
  /** By names in lower case; the last of several. */
  headers: Record<string, string>
  body: string
}

export interface RequestHead {
  method?: string
  path: string
  /** Header lines, as they go over the wire; those of `endsConnection` are added. */
  lines: readonly string[]
  body?: string
}

/** In milliseconds: longer than any server here waits for the rest of a request. */
const patienceMs = 30_000

/** The header lines that each request has which says nothing else of its host and connection. */
export const endsConnection = ['host: crm.example.com', 'connection: close'] as const

/** The text of a request, which no client has put right. */
export function requestText({ method = 'GET', path, lines, body = '' }: RequestHead): string {
  return [`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n')
}

/** Sends bytes (text as latin1) and gives all answers that come until the server ends the connection. */
export async function exchange(url: string, text: string): Promise<WireAnswer[]> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const parts: Buffer[] = []
  socket.setTimeout(patienceMs, () => reject(new Error(`${url} left this unanswered: ${text}`)))
  socket.on('data', (part: Buffer) => parts.push(part))
  // A server that has said what it had to say may reset a connection on which more arrives.
  socket.on('error', (error) => (parts.length > 0 ? resolve(Buffer.concat(parts)) : reject(error)))
  socket.on('close', () => resolve(Buffer.concat(parts)))
  socket.write(text, 'latin1')
  try {
    return answersIn((await promise).toString('latin1'))
  } finally {
    socket.destroy()
  }
}

/** The one answer to one request. */
export async function exchangeOne(url: string, text: string): Promise<WireAnswer> {
  const [answer, ...more] = await exchange(url, text)
  if (answer === undefined || more.length > 0) throw new Error(`${url} gave ${more.length + (answer ? 1 : 0)} answers to ${text}`)
  return answer
}

function answersIn(text: string): WireAnswer[] {
  const answers: WireAnswer[] = []
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) throw new Error(`no whole answer: ${rest}`)
    const [statusLine = '', ...fields] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(fields.map((field) => headerOf(field)))
    const { body, length } = bodyIn(rest.slice(end + 4), headers)
    rest = rest.slice(end + 4 + length)
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1])
    if (status >= 200) answers.push({ status, headers, body: Buffer.from(body, 'latin1').toString() })
  }
  return answers
}

function headerOf(field: string): [string, string] {
  const colon = field.indexOf(':')
  return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
}

function bodyIn(rest: string, headers: Record<string, string>): { body: string; length: number } {
  if (headers['transfer-encoding'] === 'chunked') return chunksIn(rest)
  const length = Number(headers['content-length'] ?? 0)
  return { body: rest.slice(0, length), length }
}

function chunksIn(rest: string): { body: string; length: number } {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) throw new Error('a chunk is missing')
    const size = Number.parseInt(rest.slice(at, lineEnd), 16)
    const start = lineEnd + 2
    body += rest.slice(start, start + size)
    at = start + size + 2
    if (size === 0) return { body, length: at }
  }
}
