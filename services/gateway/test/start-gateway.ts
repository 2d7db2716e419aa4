import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@crm/openapi/json.ts'
import { createTokenSigner, tokenUserId } from '@crm/testing/tokens/token-signer.ts'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { loadGatewayConfig } from '../src/config.ts'
import { createGateway } from '../src/service.ts'
import { type ScriptedService, startScriptedService } from './scripted-service.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface SendOptions {
  method?: string
  /** Names and values in turn may be given as a list, as the wire has them. */
  headers?: Record<string, string> | string[]
  body?: string
  agent?: RequestOptions['agent']
}

export interface TestGateway {
  app: FastifyInstance
  url: string
  userService: ScriptedService
  /** Answers `/v1/things`, `/v1/things/{thingId}` and the event stream `/v1/things/stream`. */
  things: ScriptedService
  /** How often user-service was asked for its health. */
  asked: { health: number }
  /** The headers of somebody with a good access token. */
  authorized: { authorization: string }
  /** A good access token of that user. */
  tokenOf(userId: string): string
  send(path: string, options?: SendOptions): Promise<Answer>
  problem(path: string, options?: SendOptions): Promise<{ status: number; code: string; detail: string; headers: IncomingHttpHeaders }>
}

export const userId = tokenUserId

const operation = (answers: JsonObject = {}) => ({ responses: { 200: { content: answers } } })
const json = operation({ 'application/json': {} })

export const userDocument: JsonObject = {
  paths: {
    '/v1/auth/login': { post: { ...json, security: [] } },
    '/.well-known/jwks.json': { get: { ...json, security: [] } },
    '/v1/users/me': { get: json },
  },
}
export const thingsDocument: JsonObject = {
  paths: {
    '/v1/things': { get: json, post: json },
    '/v1/things/{thingId}': { get: json, put: json, patch: json, delete: json },
    '/v1/things/stream': { get: operation({ 'text/event-stream': {} }) },
  },
}

export interface GatewaySettings {
  env?: Record<string, string>
  /** The documents of user-service and of the service of the things, in place of those here. */
  documents?: { users: JsonObject; things: JsonObject }
  /** A path below which the things are served. */
  thingsPath?: string
  loopbackHostsOnly?: boolean
  connections?: number
  sendWithinMs?: number
  answerMemoryBytes?: number
  answerWithinMs?: number
  requestWithinMs?: number
  silentForMs?: number
}

/** The gateway before two scripted services: user-service with one signing key, and one that has things. */
export async function startGateway(t: Test, settings: GatewaySettings = {}): Promise<TestGateway> {
  const { env = {}, documents = { users: userDocument, things: thingsDocument }, thingsPath = '', ...options } = settings
  const signer = createTokenSigner()
  const asked = { health: 0 }
  const health = JSON.stringify({ status: 'ok' })
  const userService = await startScriptedService(t, (url, response) => {
    response.setHeader('content-type', 'application/json')
    if (url === '/.well-known/jwks.json') response.end(JSON.stringify({ keys: [signer.jwk] }))
    if (url === '/health') asked.health++
    if (url === '/health') response.end(health)
    return response.writableEnded
  })
  const things = await startScriptedService(t, (url, response) => {
    if (url === `${thingsPath}/health`) response.end(health)
    return response.writableEnded
  })
  const config = loadGatewayConfig({ LOG_LEVEL: 'silent', USER_SERVICE_URL: userService.url, ...env })
  const services = [
    { name: 'user-service', url: userService.url, document: documents.users, isNeeded: true },
    { name: 'things-service', url: things.url + thingsPath, document: documents.things, isNeeded: false },
  ]
  const app = await createGateway(config, { services, ...options })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const tokenOf = (sub: string) => signer.token({ claims: { sub } })
  const send = (path: string, options?: SendOptions) => sendTo(url, path, options)
  return {
    app,
    url,
    userService,
    things,
    asked,
    authorized: { authorization: `Bearer ${tokenOf(userId)}` },
    tokenOf,
    send,
    async problem(path, options) {
      const { status, headers, text } = await send(path, options)
      return { status, headers, ...JSON.parse(text) }
    },
  }
}

/** Sends what no fetch would: any header, as it stands, and the path as it is. */
export function sendTo(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body, agent = false }: SendOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const sent = request({ hostname, port, path, method, headers, agent }, (response) => readAnswer(response).then(resolve, reject))
    sent.on('error', reject)
    // Node's client leaves the length out for DELETE, and so makes what follows the head another request.
    if (body && !sent.hasHeader('transfer-encoding')) sent.setHeader('content-length', Buffer.byteLength(body))
    sent.end(body)
  })
}

export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}
