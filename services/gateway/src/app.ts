import type { JsonObject } from '@crm/openapi/json.ts'
import type { VerifyAccessToken } from '@crm/service-kit/auth/access-token.ts'
import fp from 'fastify-plugin'
import type { Registry } from 'prom-client'
import { adminPort } from './admin/admin-port.ts'
import { access } from './auth/access.ts'
import { documents } from './documents/documents.ts'
import { health } from './health/health.ts'
import { proxy } from './proxy/proxy.ts'
import type { AnswerLimits } from './proxy/send-answer.ts'
import type { Upstream } from './proxy/upstream.ts'
import { createRateLimits, type RateLimitSettings } from './rate-limits/rate-limits.ts'
import { publicOperations } from './routing/public-operations.ts'
import type { RoutedService } from './routing/services.ts'

export interface GatewayAppOptions {
  services: (RoutedService & { upstream: Upstream })[]
  verify: VerifyAccessToken
  limits: RateLimitSettings
  answerLimits: AnswerLimits
  /** The document of the public API. */
  document: JsonObject
  registry: Registry
  /** Where metrics are served; nowhere when it is left out. */
  admin?: { host: string; port: number }
  isDraining: () => boolean
}

/**
 * The gateway as a whole: probes, documents, and the public API, each of whose requests is let in and passed on. Whatever finds its way
 * here is counted first, also what there is not.
 */
export const gatewayApp = fp<GatewayAppOptions>(
  async (app, options) => {
    const { verify, registry, document, admin, answerLimits, isDraining } = options
    const services = options.services.map((service) => ({ ...service, operations: publicOperations(service.document) }))
    const limits = await createRateLimits(app, options.limits, registry)
    app.addHook('onRequest', (request, reply) =>
      request.routeOptions.config.isProbe ? limits.countProbe(request, reply) : limits.countAddress(request, reply),
    )
    await app.register(health, { services, isDraining })
    await app.register(documents, { document })
    await app.register(async (api) => {
      await api.register(access, { verify, limits })
      await api.register(proxy, { services, registry, answerLimits })
    })
    if (admin) await app.register(adminPort, { ...admin, registry, services, isDraining })
  },
  // No scope of its own: its limits hold for what has no route, too.
  { name: 'gateway' },
)
