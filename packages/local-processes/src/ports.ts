import { once } from 'node:events'
import { createServer } from 'node:net'

// Above this begin the ports that Linux hands out to outgoing connections: one chosen there may be taken a moment later.
const firstEphemeralPort = 32_768

/** Whether nobody listens on this port of 127.0.0.1 now. Any other obstacle (such as a privileged port) is thrown. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}

/** The first free port of 127.0.0.1 from `from` up, always under 32768. Throws when there is none. */
export async function findFreePort(from: number): Promise<number> {
  for (let port = from; port < firstEphemeralPort; port++) {
    if (await isPortFree(port)) return port
  }
  throw new Error(`No free port on 127.0.0.1 from ${from} up to ${firstEphemeralPort - 1}`)
}
