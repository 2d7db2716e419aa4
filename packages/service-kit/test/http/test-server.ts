import type { AddressInfo } from 'node:net'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { errorHandler } from '../../src/errors/error-handler.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { createLogger } from '../../src/logging/logger.ts'

export interface TestServer {
  app: FastifyInstance
  /** What it has logged so far. */
  logs(): Record<string, unknown>[]
}

/** The server of every service, with the error handler and what a test adds, closed at teardown. */
export async function testServer(t: Test): Promise<TestServer> {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const app = createHttpServer({ logger })
  t.teardown(() => app.close())
  await app.register(errorHandler)
  return { app, logs: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

/** Posts a body as it stands. */
export function post(app: FastifyInstance, url: string, payload: unknown): Promise<LightMyRequestResponse> {
  const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload)
  return app.inject({ method: 'POST', url, payload: text, headers: { 'content-type': 'application/json' } })
}

/** That the answer is a problem document with exactly the members of the contract. */
export function isProblem(t: Test, response: LightMyRequestResponse, expected: { status: number; code: string; errors?: unknown }) {
  t.equal(response.statusCode, expected.status)
  t.match(response.headers['content-type'], /^application\/problem\+json/)
  const body = response.json()
  const members = [
    'type',
    'title',
    'status',
    'detail',
    'code',
    'instance',
    'requestId',
    ...(expected.errors === undefined ? [] : ['errors']),
  ]
  t.strictSame(Object.keys(body), members)
  t.match(body, { ...expected, type: `urn:crm:problem:${expected.code}`, requestId: response.headers['x-request-id'] })
}
