import type { BusMessage } from '../bus.ts'

type Headers = BusMessage['headers']

/** Headers as JSON text that keeps every byte; the other way round by decodeHeaders. */
export function encodeHeaders(headers: Headers): string {
  return JSON.stringify(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString('latin1')])))
}

export function decodeHeaders(stored: Record<string, string>): Headers {
  return Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, Buffer.from(value, 'latin1')]))
}
