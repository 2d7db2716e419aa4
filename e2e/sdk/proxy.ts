import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import type { Test } from 'tap'

export interface ProxyOptions {
  /** The origin that answers a path. */
  originOf(path: string): string
  /** What the proxy answers itself, by path: content type and body. */
  files?: Record<string, [type: string, body: string | Uint8Array]>
  /** Whether to close the connection in place of an answer that has come; asked once a request. */
  losesAnswer?: (answer: Response) => boolean
}

/**
 * A server that passes requests on, listening on a free port of loopback; gives its origin. The test fails by an answer that is not one
 * the API's document names.
 */
export async function startProxy(t: Test, options: ProxyOptions): Promise<string> {
  const server = createServer((request, response) =>
    pass(options, request, response).catch((error: unknown) => {
      t.fail(String(error))
      response.socket?.destroy()
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy does not listen')
  return `http://127.0.0.1:${address.port}`
}

async function pass({ originOf, files = {}, losesAnswer }: ProxyOptions, request: IncomingMessage, response: ServerResponse) {
  const { method = '', url = '/' } = request
  const file = files[url]
  if (file) return response.writeHead(200, { 'content-type': file[0] }).end(file[1])
  const body = await buffer(request).catch(() => undefined)
  // The client went away within its request.
  if (body === undefined) return undefined
  const sent = { method, headers: passedHeaders(request), ...(body.length > 0 && { body: new Uint8Array(body) }) }
  const answer = await checkedFetch(`${originOf(url)}${url}`, sent)
  const text = await answer.text()
  if (losesAnswer?.(answer)) return response.socket?.destroy()
  const { 'content-length': _, connection: __, 'keep-alive': ___, ...headers } = Object.fromEntries(answer.headers)
  return response.writeHead(answer.status, headers).end(text)
}

// Those of the connection are not passed on.
function passedHeaders({ headers }: IncomingMessage): [string, string][] {
  const { host: _host, connection: _connection, 'content-length': _length, 'keep-alive': _keepAlive, ...passed } = headers
  return Object.entries(passed).map(([name, value]) => [name, String(value)])
}
