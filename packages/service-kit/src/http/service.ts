import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { loopbackHostOnly } from '../auth/host.ts'
import type { Database } from '../database/database.ts'
import { checkSchemaVersion } from '../database/schema-version.ts'
import { errorHandler } from '../errors/error-handler.ts'
import { health } from '../health/health.ts'
import { metricsRoute, requestMetrics } from '../metrics/metrics.ts'
import { type OpenApiOptions, openApi } from './openapi.ts'
import { createHttpServer } from './server.ts'

export interface ProcessServerOptions {
  logger: FastifyBaseLogger
  registry: Registry
  db: Database
  migrationsFolder: string
  /** Rejects while the event bus does not answer. */
  pingBus: () => Promise<void>
  /** As TRUST_PROXY has it; default none. */
  trustProxy?: string
}

export interface ServiceOptions extends ProcessServerOptions {
  authMode: 'header' | 'token'
  openApi: OpenApiOptions
  /** Serves /openapi.json and /docs; default true. In production only the gateway does. */
  servesDocuments?: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Turns /ready to 503: the process is about to stop. */
    setDraining(): void
  }
}

/** The server that every process has: problems, probes and metrics. A worker serves no more than them, on its admin port. */
export async function createProcessServer({
  logger,
  registry,
  db,
  migrationsFolder,
  pingBus,
  trustProxy = '',
}: ProcessServerOptions): Promise<FastifyInstance> {
  const app = createHttpServer({ logger, trustProxy })
  let draining = false
  app.decorate('setDraining', () => {
    draining = true
  })
  await app.register(errorHandler)
  await app.register(requestMetrics, { registry })
  await app.register(metricsRoute, { registry })
  await app.register(health, {
    checks: { database: async () => void (await db.sql`select 1`), kafka: pingBus },
    schemaVersion: () => checkSchemaVersion(db, migrationsFolder),
    isDraining: () => draining,
  })
  return app
}

/** The server of an HTTP service: that of every process, and its documents where they are served. The service's own plugin goes into it. */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const app = await createProcessServer(options)
  if (options.authMode === 'header') await app.register(loopbackHostOnly)
  if (options.servesDocuments ?? true) await app.register(openApi, options.openApi)
  return app
}
