import type { FastifyRequest } from 'fastify'

const traceparent = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** The W3C trace context of a request, where it is well-formed. */
export function traceparentOf(request: FastifyRequest): string | undefined {
  const header = request.headers.traceparent
  return typeof header === 'string' && traceparent.test(header) ? header : undefined
}
