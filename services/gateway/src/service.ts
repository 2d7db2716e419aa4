import { createTokenVerifier } from '@crm/service-kit/auth/access-token.ts'
import { remotePublicKeys } from '@crm/service-kit/auth/public-keys.ts'
import { errorHandler } from '@crm/service-kit/errors/error-handler.ts'
import { createHttpServer } from '@crm/service-kit/http/server.ts'
import { createServiceClient } from '@crm/service-kit/http-client/service-client.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { metrics } from '@crm/service-kit/metrics/metrics.ts'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { gatewayApp } from './app.ts'
import type { GatewayConfig } from './config.ts'
import { readDocument } from './documents/read-document.ts'
import { openUpstream } from './proxy/upstream.ts'
import { type RoutedService, routedServices } from './routing/services.ts'

const dataDirectives = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }

export interface GatewayOptions {
  /** Those behind the gateway; of this release by default. */
  services?: RoutedService[]
  /** How long a service may take to begin its answer, in milliseconds. */
  answerWithinMs?: number
}

/** The gateway, ready to listen. Closing it ends event streams, finishes what is under way and closes its connections. */
export async function createGateway(config: GatewayConfig, options: GatewayOptions = {}): Promise<FastifyInstance> {
  const { services = routedServices(config), answerWithinMs } = options
  const logger = createLogger({ name: 'gateway', level: config.LOG_LEVEL })
  const registry = new Registry()
  const app = createHttpServer({ logger, trustProxy: config.TRUST_PROXY })
  let draining = false
  app.decorate('setDraining', () => {
    draining = true
  })
  // Answers are data: nothing in them is to be run, shown in a frame or loaded by another site.
  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: dataDirectives } })
  await app.register(errorHandler)
  await app.register(metrics, { registry })
  const userService = createServiceClient({ name: 'user-service', baseUrl: config.USER_SERVICE_URL, logger })
  const connected = services.map((service) => ({
    ...service,
    upstream: openUpstream({ baseUrl: service.url, ...(answerWithinMs !== undefined && { answerWithinMs }) }),
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
    document: readDocument('gateway'),
    registry,
    isDraining: () => draining,
  })
  return app
}
