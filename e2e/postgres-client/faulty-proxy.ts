import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and its server and can be told to cut connections at a chosen moment. */
export interface FaultyProxy {
  url: string
  /** `at-once` cuts every new connection; a text cuts a connection as soon as the client sends it; `never` passes everything on. */
  cut: 'never' | 'at-once' | { whenClientSends: string }
  /** Connections cut so far. */
  readonly cuts: number
  close(): void
}

export async function startFaultyProxy(serverUrl: string): Promise<FaultyProxy> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    if (proxy.cut === 'at-once') {
      proxy.cuts++
      return client.end()
    }
    const server = connect(Number(target.port), target.hostname)
    for (const [from, to] of [[client, server] as const, [server, client] as const]) {
      sockets.add(from)
      from.on('close', () => to.destroy())
      from.on('error', () => to.destroy())
    }
    client.on('data', (bytes) => {
      if (typeof proxy.cut === 'object' && bytes.includes(proxy.cut.whenClientSends)) {
        proxy.cuts++
        return client.end()
      }
      server.write(bytes)
    })
    server.on('data', (bytes) => client.write(bytes))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy listens on no TCP port')
  const ours = new URL(serverUrl)
  ours.port = String(address.port)
  const proxy = {
    url: ours.href,
    cut: 'never' as FaultyProxy['cut'],
    cuts: 0,
    close: () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return proxy
}
