import { fileURLToPath } from 'node:url'
import type { Bus } from '@crm/events/bus/bus.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { createProcessServer, createService } from '@crm/service-kit/http/service.ts'
import { createServiceClient } from '@crm/service-kit/http-client/service-client.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { apiDescription } from './api-description.ts'
import { crmApp } from './app.ts'
import type { CrmServiceConfig, CrmWorkerConfig } from './config.ts'
import { crmWorkerApp } from './worker-app.ts'

/** The migrations of crm_db. */
export const migrationsFolder = fileURLToPath(new URL('../../../drizzle/crm_db', import.meta.url))

/** crm-service, ready to listen. Closing it closes its database; the bus is its caller's. */
export async function createCrmService(config: CrmServiceConfig, bus: Bus): Promise<FastifyInstance> {
  const logger = createLogger({ name: 'crm-service', level: config.LOG_LEVEL })
  const registry = new Registry()
  const db = connectDatabase({ url: config.DATABASE_URL, maxConnections: config.DATABASE_POOL_MAX, applicationName: 'crm-service' })
  const userService = createServiceClient({ name: 'user-service', baseUrl: config.USER_SERVICE_URL, logger })
  const frame = { logger, registry, db, migrationsFolder, pingBus: () => bus.ping() }
  const app = await createService({
    ...frame,
    authMode: config.AUTH_MODE,
    trustProxy: config.TRUST_PROXY,
    openApi: apiDescription,
    servesDocuments: config.NODE_ENV !== 'production',
  })
  app.addHook('onClose', async () => {
    await Promise.all([userService.close(), db.close()])
  })
  await app.register(crmApp, { config, db, bus, userService, registry })
  return app
}

/** crm-worker with its probes, ready to listen on the admin port. Closing it closes its database; the bus is its caller's. */
export async function createCrmWorker(config: CrmWorkerConfig, bus: Bus): Promise<FastifyInstance> {
  const logger = createLogger({ name: 'crm-worker', level: config.LOG_LEVEL })
  const registry = new Registry()
  const db = connectDatabase({ url: config.DATABASE_URL, maxConnections: config.DATABASE_POOL_MAX, applicationName: 'crm-worker' })
  const app = await createProcessServer({ logger, registry, db, migrationsFolder, pingBus: () => bus.ping() })
  app.addHook('onClose', async () => db.close())
  await app.register(crmWorkerApp, { db, bus, registry })
  return app
}
