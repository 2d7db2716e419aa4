import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Stands for a client that cannot be told: an address that no client has (RFC 6890). */
export const unknownAddress = '0.0.0.0'

// With a port, as some proxies write it: only behind brackets can an IPv6 address have one.
const withPort = /^(?:\[([^\]]*:[^\]]*)\]|([\d.]+))(?::\d{1,5})?$/
const ipv4Mapped = /^::ffff:(?=\d+\.)/

/**
 * A client's address in the one form that it is stored, shown and counted by (RFC 5952), from what a socket or a proxy says: without port,
 * brackets and zone, and IPv4 that came as IPv6 as IPv4. Undefined for text that is no address.
 */
export function clientAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  const [, bracketed, dotted] = withPort.exec(text) ?? []
  const [address = ''] = (bracketed ?? dotted ?? text).split('%')
  return isIP(address) === 0 ? undefined : canonical(address).replace(ipv4Mapped, '')
}

/**
 * The network of a client's address, in CIDR notation: those who may be one and the same, whom limits count as one. An IPv4 address by
 * itself; of IPv6 the 64 bits that one customer of a provider has to themselves. Whatever is no address is in one network, of nobody.
 */
export function clientNetwork(text: string): string {
  const address = clientAddress(text) ?? unknownAddress
  if (!isIPv6(address)) return `${address}/32`
  const [before, after] = address.split('::').map(groupsOf)
  const zeros = Array<string>(8 - (before?.length ?? 0) - (after?.length ?? 0)).fill('0')
  const groups = [...(before ?? []), ...zeros, ...(after ?? [])]
  return `${canonical(`${groups.slice(0, 4).join(':')}::`)}/64`
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
