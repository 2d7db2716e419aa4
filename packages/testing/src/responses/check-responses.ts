import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, onSendAsyncHookHandler } from 'fastify'
import t from 'tap'
import { type ResponseCheck, responseCheck } from './response-check.ts'

const created = 'fastify.initialization'

export interface CheckResponsesOptions {
  check?: ResponseCheck
  /** Called with each fault; without it the test file fails by it, once however often it comes. */
  onFault?: (fault: string) => void
}

/**
 * Compares every answer of every Fastify server that this process creates from now on with the document of the public API, however
 * the server is called. Returns a function that ends it for servers created later.
 */
export function checkResponses({ check = responseCheck(), onFault = failTestFileOnce() }: CheckResponsesOptions = {}): () => void {
  const watch = (message: unknown) => watchServer((message as { fastify: FastifyInstance }).fastify, check, onFault)
  subscribe(created, watch)
  return () => unsubscribe(created, watch)
}

function failTestFileOnce(): (fault: string) => void {
  const known = new Set<string>()
  return (fault) => {
    if (!known.has(fault)) t.fail(fault)
    known.add(fault)
  }
}

function watchServer(app: FastifyInstance, check: ResponseCheck, onFault: (fault: string) => void): void {
  app.addHook('preSerialization', async ({ method, url }, reply, value) => {
    for (const fault of check.faultsOfValue({ method, url, status: reply.statusCode }, value)) onFault(fault)
    return value
  })
  const checkSent: onSendAsyncHookHandler = async ({ method, url }, reply, payload) => {
    const status = reply.statusCode
    // The null of a handler that has nothing to say is still to be left out.
    const isSent = status !== 204 && (typeof payload === 'string' || Buffer.isBuffer(payload))
    const body = isSent ? payload.toString() : ''
    for (const fault of check.faultsOf({ method, url, status, headers: reply.getHeaders(), body })) onFault(fault)
    return payload
  }
  // A route's own hooks come last, when plugins have set their headers, such as cookies.
  app.addHook('onRoute', (route) => {
    const own = [route.onSend ?? []].flat()
    if (!own.some((hook) => hook === checkSent)) route.onSend = [...own, checkSent]
  })
  app.addHook('onSend', async (request, reply, payload) => (request.is404 ? checkSent.call(app, request, reply, payload) : payload))
}
