import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface SeenRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
  /** When it had arrived, in milliseconds of performance.now(). */
  at: number
}

/** How one request is answered, if at all. */
export type Step = (response: ServerResponse, request: SeenRequest) => unknown

export interface ScriptedServer {
  url: string
  /** Every request so far. */
  requests: SeenRequest[]
}

/** A real HTTP server that answers by the steps, one a request, and by the last of them from then on. */
export async function startScriptedServer(t: Test, ...steps: Step[]): Promise<ScriptedServer> {
  const requests: SeenRequest[] = []
  const server = createServer(async (incoming, response) => {
    const body = await buffer(incoming).then(String, () => undefined)
    // The client went away within its request.
    if (body === undefined) return
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body, at: performance.now() }
    requests.push(request)
    await steps[Math.min(requests.length, steps.length) - 1]?.(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  return { url: `http://127.0.0.1:${address.port}`, requests }
}

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Step {
  return (response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Answers with a problem document. */
export function problem(status: number, code: string, headers: Record<string, string> = {}): Step {
  const body = { type: `urn:crm:problem:${code}`, title: code, status, detail: 'So it is.', code, instance: '/v1', requestId: 'r-1' }
  return json(status, body, { 'content-type': 'application/problem+json', ...headers })
}

/** Closes the connection without an answer. */
export const hangUp: Step = (response) => response.socket?.destroy()

/** Begins an answer and closes the connection in the middle of it. */
export const breakOff: Step = (response) => {
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    .write('{"id":', () => response.socket?.destroy())
}

/** Never answers. */
export const keepWaiting: Step = () => {}

/** Answers a success without a body. */
export const noContent: Step = (response) => response.writeHead(204).end()

/** Answers a success with a text of some type. */
export function text(body: string, headers: Record<string, string> = {}): Step {
  return (response) => response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(body)
}

/** A step that answers when it is let go. */
export function held(step: Step) {
  const { promise, resolve: letGo } = Promise.withResolvers<void>()
  const answer: Step = async (response, request) => {
    await promise
    return step(response, request)
  }
  return { answer, letGo }
}
