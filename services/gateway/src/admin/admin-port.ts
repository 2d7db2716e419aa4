import { errorHandler } from '@crm/service-kit/errors/error-handler.ts'
import { createHttpServer } from '@crm/service-kit/http/server.ts'
import { metricsRoute } from '@crm/service-kit/metrics/metrics.ts'
import { describeStartFailure } from '@crm/service-kit/shutdown/describe-start-failure.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import fp from 'fastify-plugin'
import type { Registry } from 'prom-client'
import { type HealthOptions, health } from '../health/health.ts'

export interface AdminPortOptions extends HealthOptions {
  host: string
  port: number
  registry: Registry
}

/**
 * A port for operators, beside the public one, for as long as the server listens: GET /metrics, which are not for everybody, and the
 * probes. Nothing is counted there. A start fails with a StartError when the port cannot be listened on.
 */
export const adminPort = fp<AdminPortOptions>(
  async (app, { host, port, registry, services, isDraining }) => {
    const admin = createHttpServer({ logger: app.log })
    await admin.register(errorHandler)
    await admin.register(health, { services, isDraining })
    await admin.register(metricsRoute, { registry })
    app.addHook('onReady', async () => {
      await admin.listen({ host, port }).catch((cause: unknown) => {
        throw new StartError(describeStartFailure(cause, { portVariable: 'ADMIN_PORT' }), { cause })
      })
    })
    app.addHook('onClose', () => admin.close())
  },
  { name: 'admin-port' },
)
