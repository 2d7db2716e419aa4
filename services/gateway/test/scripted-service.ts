import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void

export interface ReceivedRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  body: string
}

/** A real HTTP server that plays a service behind the gateway. */
export interface ScriptedService {
  url: string
  /** What it does with a request once it has read it whole. */
  behave: Behaviour
  /** Those it got, but for /health and the public keys. */
  received: ReceivedRequest[]
  /** Connections that were made, and those that are open. */
  connections: { made: number; open: number }
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>
  /** Listens again, at the same port. */
  start(): Promise<void>
}

export const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
/** Never answers. */
export const hang: Behaviour = () => {}
/** Cuts the connection instead of an answer. */
export const reset: Behaviour = (request) => request.socket.resetAndDestroy()

/** Starts a service. `others` answers what is no part of the API, such as /health; false leaves it to `behave`. */
export async function startScriptedService(t: Test, others: (url: string, response: ServerResponse) => boolean): Promise<ScriptedService> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (others(url, response)) return
    service.received.push({ method, url, headers, rawHeaders, body })
    service.behave(request, response)
  })
  // A gateway that gives up a request is what some tests are about.
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('connection', (socket) => {
    service.connections.made++
    service.connections.open++
    socket.on('close', () => service.connections.open--)
  })
  let port = 0
  const service: ScriptedService = {
    url: '',
    behave: answer(200, {}),
    received: [],
    connections: { made: 0, open: 0 },
    async start() {
      await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
  await service.start()
  service.url = `http://127.0.0.1:${port}`
  t.teardown(() => (server.listening ? service.stop() : undefined))
  return service
}
