import type { BusMessage } from '../bus/bus.ts'
import { bytesPerRequest, sizeOf } from '../bus/request-size.ts'
import { deadLetterHeaders, headersOf, originalHeaders } from './headers.ts'

/** Bytes of a value that are kept at most, and of key and original headers; twice that is less than any topic of ours refuses. */
const keptBytes = 256 * 1024

/**
 * A dead letter that its topic refuses for its size, cut so that it fits: of its value the first 256 KiB, and key and original headers
 * unless they are more than that by themselves. A header says what is kept. Undefined for a message of ordinary size: a topic that
 * refuses that is set up wrongly.
 */
export function truncated(message: BusMessage): BusMessage | undefined {
  if (sizeOf(message) <= bytesPerRequest) return undefined
  const { topic, key, value, headers } = message
  const original = originalHeaders(headers)
  const isHeadLarge = sizeOf({ topic, key, value: null, headers: original }) > keptBytes
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => !Object.hasOwn(original, name)))
  const kept = value === null ? null : value.subarray(0, keptBytes)
  const parts = [
    ...(value !== null && value.length > keptBytes ? [`${keptBytes} of ${value.length} bytes of the value are kept`] : []),
    ...(isHeadLarge ? ['key and headers are left out'] : []),
  ]
  if (parts.length === 0) return undefined
  const note = headersOf({ [deadLetterHeaders.truncated]: parts.join(', ') })
  return { topic, key: isHeadLarge ? null : key, value: kept, headers: { ...(isHeadLarge ? own : headers), ...note } }
}
