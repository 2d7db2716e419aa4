import type { EventContext } from '@crm/events/envelope/new-event.ts'
import { clientAddress, unknownAddress } from '@crm/service-kit/http/client-address.ts'
import { traceparentOf } from '@crm/service-kit/logging/trace-context.ts'
import type { FastifyRequest } from 'fastify'

/** Where a request came from. */
export interface Client {
  /** IPv4 or IPv6, as far as proxies are trusted. */
  address: string
  userAgent: string | null
  context: EventContext
}

const longestUserAgent = 300

export function clientOf(request: FastifyRequest): Client {
  const userAgent = request.headers['user-agent']
  return {
    address: clientAddress(request.ip) ?? unknownAddress,
    userAgent: userAgent ? userAgent.slice(0, longestUserAgent) : null,
    context: { requestId: request.id, traceparent: traceparentOf(request) },
  }
}
