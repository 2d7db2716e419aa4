import { isIPv4, isIPv6 } from 'node:net'
import type { EventContext } from '@crm/events/envelope/new-event.ts'
import { traceparentOf } from '@crm/service-kit/auth/authentication.ts'
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
    address: plainAddress(request.ip),
    userAgent: userAgent ? userAgent.slice(0, longestUserAgent) : null,
    context: { requestId: request.id, traceparent: traceparentOf(request) },
  }
}

/** The address without an interface's name, and an IPv4 address that came as IPv6 as what it is. */
export function plainAddress(address: string): string {
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain
  return isIPv4(mapped) || isIPv6(mapped) ? mapped : '0.0.0.0'
}

/** Those who may be one and the same: the address itself, of IPv6 the network of 64 bits that a customer of a provider has for themselves. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return `${address}/32`
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail)]
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
