import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import type { Test } from 'tap'

export type Behaviour = (request: IncomingMessage, response: ServerResponse, nth: number) => void

export const answerJson =
  (status: number, body: unknown): Behaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
export const hang: Behaviour = () => {}
export const reset: Behaviour = (request) => request.socket.resetAndDestroy()

export interface ScriptedDependency {
  baseUrl: string
  /** What it does with the next requests. */
  behave: Behaviour
  /** Requests and connections so far. */
  requests: number
  connections: number
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>
  /** Listens again, at the same port. */
  start(): Promise<void>
}

/** A real HTTP server that plays another service and misbehaves as told. */
export async function startDependency(t: Test, behave: Behaviour): Promise<ScriptedDependency> {
  const server = createServer((request, response) => {
    dependency.requests++
    dependency.behave(request, response, dependency.requests)
  })
  server.on('connection', () => dependency.connections++)
  let port = 0
  const dependency: ScriptedDependency = {
    baseUrl: '',
    behave,
    requests: 0,
    connections: 0,
    async start() {
      port = await listen(server, port)
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
  await dependency.start()
  dependency.baseUrl = `http://127.0.0.1:${port}`
  t.teardown(() => (server.listening ? dependency.stop() : undefined))
  return dependency
}

/** Accepts connections and never says a word. */
export async function startSilentPort(t: Test): Promise<string> {
  const server = createTcpServer((socket) => socket.on('error', () => {}))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${await listen(server, 0)}`
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
