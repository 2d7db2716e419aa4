import { createTokenVerifier } from '@crm/service-kit/auth/access-token.ts'
import { loopbackHostOnly } from '@crm/service-kit/auth/host.ts'
import { remotePublicKeys } from '@crm/service-kit/auth/public-keys.ts'
import { errorHandler } from '@crm/service-kit/errors/error-handler.ts'
import { createHttpServer } from '@crm/service-kit/http/server.ts'
import { createServiceClient } from '@crm/service-kit/http-client/service-client.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { requestMetrics } from '@crm/service-kit/metrics/metrics.ts'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { gatewayApp } from './app.ts'
import type { GatewayConfig } from './config.ts'
import { readDocument } from './documents/read-document.ts'
import type { AnswerLimits } from './proxy/send-answer.ts'
import { openUpstream } from './proxy/upstream.ts'
import { type RoutedService, routedServices } from './routing/services.ts'
import { dataHeaders } from './security-headers/security-headers.ts'

export interface GatewayOptions extends AnswerLimits {
  /** Whether requests for other host names than those of loopback are turned away; false by default. */
  loopbackHostsOnly?: boolean
  /** Those behind the gateway; of this release by default. */
  services?: RoutedService[]
  /** How many requests a service gets at once, event streams and probes excepted; 128 by default. */
  connections?: number
  /** How long a service may take to begin its answer, in milliseconds. */
  answerWithinMs?: number
  /** How long a request may take to arrive, in milliseconds; 10 s by default. */
  requestWithinMs?: number
  /** How long a client may neither send nor read anything, in milliseconds; 60 s by default. */
  silentForMs?: number
}

/** The gateway, ready to listen. Closing it ends event streams, finishes what is under way and closes its connections. */
export async function createGateway(config: GatewayConfig, options: GatewayOptions = {}): Promise<FastifyInstance> {
  const { services = routedServices(config), connections, answerWithinMs } = options
  const { HOST: host, ADMIN_PORT: port } = config
  const logger = createLogger({ name: 'gateway', level: config.LOG_LEVEL })
  const registry = new Registry()
  const app = createHttpServer({ logger, trustProxy: config.TRUST_PROXY })
  limitClients(app, options)
  let draining = false
  app.decorate('setDraining', () => {
    draining = true
  })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(dataHeaders)
    done()
  })
  await app.register(errorHandler)
  if (options.loopbackHostsOnly) await app.register(loopbackHostOnly)
  await app.register(requestMetrics, { registry })
  const userService = createServiceClient({ name: 'user-service', baseUrl: config.USER_SERVICE_URL, logger })
  const connected = services.map((service) => ({
    ...service,
    upstream: openUpstream({
      baseUrl: service.url,
      ...(connections !== undefined && { connections }),
      ...(answerWithinMs !== undefined && { answerWithinMs }),
    }),
  }))
  app.addHook('onClose', async () => {
    await Promise.all([userService.close(), ...connected.map(({ upstream }) => upstream.destroy())])
  })
  const keys = remotePublicKeys(userService)
  const verify = await createTokenVerifier(app, { issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE, keys })
  await app.register(gatewayApp, {
    services: connected,
    verify,
    limits: config,
    answerLimits: options,
    document: readDocument('gateway'),
    registry,
    ...(port !== undefined && { admin: { host, port } }),
    isDraining: () => draining,
  })
  return app
}

/** Clients hold connections, here and at services: those that do not send or do not read are cut. */
function limitClients({ server }: FastifyInstance, { requestWithinMs, silentForMs }: GatewayOptions): void {
  if (requestWithinMs !== undefined) {
    server.requestTimeout = requestWithinMs
    server.headersTimeout = Math.min(server.headersTimeout, requestWithinMs)
  }
  if (silentForMs !== undefined) server.setTimeout(silentForMs)
}
