import type { FastifyReply } from 'fastify'

/** Whether the answer has been handed to the network, or its connection is gone. */
export function isOver({ raw, request }: FastifyReply): boolean {
  return raw.closed || request.raw.socket.destroyed
}

/** Calls back once, when the exchange is over; at once when it is. */
export function whenOver(reply: FastifyReply, callback: () => void): void {
  // What is closed already says so no more.
  if (isOver(reply)) callback()
  else reply.raw.once('close', callback)
}
