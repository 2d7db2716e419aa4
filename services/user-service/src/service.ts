import { fileURLToPath } from 'node:url'
import type { Bus } from '@crm/events/bus/bus.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { checkSchemaVersion } from '@crm/service-kit/database/schema-version.ts'
import { createService } from '@crm/service-kit/http/service.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { apiDescription } from './api-description.ts'
import { userServiceApp } from './app.ts'
import type { UserServiceConfig } from './config.ts'

/** The migrations of user_db. */
export const migrationsFolder = fileURLToPath(new URL('../../../drizzle/user_db', import.meta.url))

/** user-service, ready to listen. Closing it closes its database; the bus is its caller's. */
export async function createUserService(config: UserServiceConfig, bus: Bus): Promise<FastifyInstance> {
  const logger = createLogger({ name: 'user-service', level: config.LOG_LEVEL })
  const registry = new Registry()
  const db = connectDatabase({ url: config.DATABASE_URL, maxConnections: config.DATABASE_POOL_MAX, applicationName: 'user-service' })
  const frame = { logger, registry, db, migrationsFolder, pingBus: () => bus.ping() }
  const app = await createService({
    ...frame,
    authMode: config.AUTH_MODE,
    trustProxy: config.TRUST_PROXY,
    openApi: apiDescription,
    servesDocuments: config.NODE_ENV !== 'production',
  })
  app.addHook('onClose', async () => db.close())
  // These users are written at the start; without them a process that is too early waits, unready, for the migrations.
  if (config.SEED_SAMPLE_DATA || config.BOOTSTRAP_ADMIN_EMAIL !== undefined)
    app.addHook('onReady', () => checkSchemaVersion(db, migrationsFolder))
  await app.register(userServiceApp, { config, db, bus, registry })
  return app
}
