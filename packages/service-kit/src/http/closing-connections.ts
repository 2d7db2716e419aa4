import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const lookEveryMs = 100
// Looks, not time: what a client sent before one is read before the next, however busy the process is.
const looks = {
  /** At a connection that has sent nothing: 1 s. */
  silent: 10,
  /** At one that has sent a part of a request, or does not read its answer: 4 s, in which the rest may come. */
  unfinished: 40,
}

type Exchanges = Map<IncomingMessage, ServerResponse>

/**
 * Has the close of a server wait for the requests that it has, and for nothing else. Node ends the connections that are idle when the
 * close begins, with them those whose answers are not wholly sent, and looks no more: one that has yet to send its first request
 * (browsers open some to spare) or the rest of it, or that was answered since, would hold up the close for as long as its client likes.
 */
export function endConnectionsOnClose(app: FastifyInstance): void {
  const connections = new Map<Socket, Exchanges>()
  let closing = false
  app.server.on('connection', (socket) => {
    connections.set(socket, new Map())
    socket.once('close', () => connections.delete(socket))
  })
  app.server.on('request', (request, response) => {
    const exchanges = connections.get(request.socket)
    exchanges?.set(request, response)
    response.once('close', () => {
      exchanges?.delete(request)
      if (closing && exchanges?.size === 0) request.socket.destroySoon()
    })
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    closing = true
    const ended = [...connections.values()].flatMap((exchanges) => [...exchanges.values()].filter((response) => response.writableEnded))
    endUnfinished(app, connections)
    await Promise.all(ended.map(untilClosed))
  })
}

function untilClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once('close', resolve))
}

function endUnfinished(app: FastifyInstance, connections: ReadonlyMap<Socket, Exchanges>): void {
  let look = 0
  const looking = setInterval(() => {
    look++
    for (const [socket, exchanges] of connections) {
      const isAtWork = [...exchanges].some(([request, response]) => request.complete && !response.writableEnded)
      if (!isAtWork && look >= (socket.bytesRead === 0 ? looks.silent : looks.unfinished)) socket.destroy()
    }
  }, lookEveryMs)
  app.server.once('close', () => clearInterval(looking))
}
