import type { JsonObject } from '@crm/openapi/json.ts'
import type { VerifyAccessToken } from '@crm/service-kit/auth/access-token.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Registry } from 'prom-client'
import { access } from './auth/access.ts'
import { documents } from './documents/documents.ts'
import { health } from './health/health.ts'
import { proxy } from './proxy/proxy.ts'
import type { Upstream } from './proxy/upstream.ts'
import { createRateLimits, type RateLimitSettings } from './rate-limits/rate-limits.ts'
import { publicOperations } from './routing/public-operations.ts'
import type { RoutedService } from './routing/services.ts'

export interface GatewayAppOptions {
  services: (RoutedService & { upstream: Upstream })[]
  verify: VerifyAccessToken
  limits: RateLimitSettings
  /** The document of the public API. */
  document: JsonObject
  registry: Registry
  isDraining: () => boolean
}

/** The gateway as a whole: probes, documents, and the public API, each of whose requests is counted, let in and passed on. */
export const gatewayApp: FastifyPluginAsync<GatewayAppOptions> = async (app, options) => {
  const { verify, registry, document, isDraining } = options
  const services = options.services.map((service) => ({ ...service, operations: publicOperations(service.document) }))
  const limits = await createRateLimits(app, options.limits, registry)
  await app.register(health, { services, isDraining })
  await app.register(documents, { document })
  await app.register(async (api) => {
    await api.register(access, { verify, limits })
    await api.register(proxy, { services, registry })
  })
}
