import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How long a connection that has sent nothing is waited for, in milliseconds: what was sent in time is read by then. */
const silentForMs = 1_000
const lookEveryMs = 100

/**
 * Bounds the close of a server by the requests that it has. Node ends the connections that are idle when the close begins, and looks
 * no more: one that has yet to send its first request (browsers open some to spare) or the rest of it would hold up the close for as
 * long as its client likes, and so would one whose answer was on its way.
 */
export function endConnectionsOnClose(app: FastifyInstance): void {
  const connections = new Map<Socket, Set<IncomingMessage>>()
  app.server.on('connection', (socket) => {
    connections.set(socket, new Set())
    socket.once('close', () => connections.delete(socket))
  })
  app.server.on('request', (request, response) => {
    const requests = connections.get(request.socket)
    requests?.add(request)
    response.once('close', () => requests?.delete(request))
  })
  app.addHook('preClose', async () => {
    const began = performance.now()
    const looking = setInterval(() => {
      const elapsedMs = performance.now() - began
      for (const [socket, requests] of connections) {
        const hasWholeRequest = [...requests].some(({ complete }) => complete)
        const patienceMs = socket.bytesRead === 0 ? silentForMs : app.server.requestTimeout
        if (!hasWholeRequest && elapsedMs >= patienceMs) socket.destroy()
      }
      app.server.closeIdleConnections()
    }, lookEveryMs)
    app.server.once('close', () => clearInterval(looking))
  })
}
