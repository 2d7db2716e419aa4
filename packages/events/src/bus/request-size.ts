import type { BusMessage } from './bus.ts'

/** Bytes of keys, values and headers to publish at once: a broker refuses more than some 1 MB of one partition in a request. */
export const bytesPerRequest = 512 * 1024

/** Bytes of a message's key, value and headers. */
export function sizeOf({ key, value, headers }: BusMessage): number {
  const ofHeaders = Object.entries(headers).reduce((sum, [name, header]) => sum + name.length + header.length, 0)
  return (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders
}

/** Messages in their order, cut where a request would become too large; a message larger than that is alone. */
export function inRequests<M extends BusMessage>(messages: readonly M[]): M[][] {
  const requests: M[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const message of messages) {
    const size = sizeOf(message)
    bytes += size
    if (bytes > bytesPerRequest) {
      requests.push([])
      bytes = size
    }
    requests.at(-1)?.push(message)
  }
  return requests
}
