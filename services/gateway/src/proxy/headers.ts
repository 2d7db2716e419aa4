import type { IncomingHttpHeaders } from 'node:http'
import { clientAddress, unknownAddress } from '@crm/service-kit/http/client-address.ts'
import type { FastifyRequest } from 'fastify'

// RFC 9110, 7.6.1: they speak of one connection. Those that Connection names are taken away by the proxy plugin, before this.
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What clients may not say: who they are, where they come from, and how the gateway speaks to services. */
const refusedFromClients = new Set([...hopByHop, 'expect', 'x-user-id', 'x-request-id', 'forwarded', 'x-real-ip', 'via', 'http2-settings'])

/**
 * The headers that a service gets: those of the client that speak of the request, and who called from where. x-user-id is the user of
 * the access token, and nobody's where none is asked for.
 */
export function upstreamHeaders(request: FastifyRequest, received: IncomingHttpHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  for (const [name, value] of Object.entries(received)) {
    if (!refusedFromClients.has(name) && !name.startsWith('x-forwarded-')) headers[name] = value
  }
  if (request.method === 'GET' || request.method === 'HEAD') {
    // A body of theirs is not passed on.
    delete headers['content-length']
    delete headers['content-type']
  }
  // Session cookies are for the operations that take them, all of which are open.
  if (request.userId !== undefined) delete headers.cookie
  if (request.userId !== undefined) {
    headers['x-user-id'] = request.userId
    // The one that was checked, also where the client's Connection header names it.
    headers.authorization = request.headers.authorization
  }
  headers['x-request-id'] = request.id
  headers['x-forwarded-for'] = clientAddress(request.ip) ?? unknownAddress
  headers['x-forwarded-host'] = request.host
  headers['x-forwarded-proto'] = request.protocol
  return headers
}

/** The headers of an answer without those that speak of the connection to the service. */
export function clientHeaders(received: IncomingHttpHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {}
  for (const name of Object.keys(received)) if (!hopByHop.has(name)) headers[name] = received[name]
  return headers
}
