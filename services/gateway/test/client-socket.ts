import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A connection of a client that does as it likes: it reads nothing until it is told to. */
export function connectTo(t: Test, url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  return socket.on('error', () => {})
}

/** The text of requests that read these paths, sent one after the other without waiting for answers. */
export function pipelined(paths: string[], { authorization }: { authorization: string }): string {
  return paths.map((path) => [`GET ${path} HTTP/1.1`, 'host: x', `authorization: ${authorization}`, '', ''].join('\r\n')).join('')
}
