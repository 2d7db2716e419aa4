import { openBus } from '@crm/events/bus/open-bus.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { checkResponses } from '@crm/testing/responses/check-responses.ts'
import { loadCrmServiceConfig, loadCrmWorkerConfig } from 'crm-service/config.ts'
import { createCrmService, createCrmWorker } from 'crm-service/service.ts'
import { loadGatewayConfig } from 'gateway/config.ts'
import { createGateway } from 'gateway/service.ts'
import type { Test } from 'tap'
import { loadUserServiceConfig } from 'user-service/config.ts'
import { sampleCompanyIds, sampleUserIds } from 'user-service/sample-data/sample-data.ts'
import { createUserService } from 'user-service/service.ts'
import { type CrmClient, createCrmClient } from '../src/index.ts'

checkResponses()

export const { acme, acmeWest, acmeEast, globalTech }: Record<keyof typeof sampleCompanyIds, string> = sampleCompanyIds
export const { admin, acmeAdmin, globalAdmin, west }: Record<keyof typeof sampleUserIds, string> = sampleUserIds

/** An id that no record has. */
export const unknownId = '01980000-0000-7000-8000-00000000ffff'

export interface System {
  services: { user: string; crm: string }
  /** The one address of the whole API. */
  gateway: string
  /** A client for the user with this id. */
  clientOf(userId: string): CrmClient
  /** From now on NEW leads become QUALIFIED. */
  startWorker(): Promise<void>
}

/** The real services with the sample data, listening on ports of their own. */
export async function startSystem(t: Test): Promise<System> {
  const [userDb, crmDb, busDb] = await Promise.all(
    ['user_db', 'crm_db', 'bus_db'].map((name) => createTestDatabase(t, { migrations: migrationsFolder(name) })),
  )
  if (!userDb || !crmDb || !busDb) throw new Error('a test database is missing')
  const common = { LOG_LEVEL: 'silent', AUTH_MODE: 'header', BUS_DATABASE_URL: busDb.url, NODE_ENV: 'test', TRUST_PROXY: '127.0.0.1' }
  const bus = openBus({ databaseUrl: busDb.url, logger: createLogger({ name: 'test', level: 'silent' }) })
  t.teardown(() => bus.close())

  const SIGNING_KEY_SECRET = 'a secret of the tests, long enough for it'
  const userConfig = loadUserServiceConfig({ ...common, SIGNING_KEY_SECRET, DATABASE_URL: userDb.url, SEED_SAMPLE_DATA: 'true' })
  const user = await listen(t, await createUserService(userConfig, bus))
  const crmEnv = { ...common, DATABASE_URL: crmDb.url, USER_SERVICE_URL: user }
  const crm = await listen(t, await createCrmService(loadCrmServiceConfig(crmEnv), bus))
  const services = { user, crm }
  const gatewayEnv = { LOG_LEVEL: 'silent', USER_SERVICE_URL: user, CRM_SERVICE_URL: crm }
  const gateway = await listen(t, await createGateway(loadGatewayConfig(gatewayEnv)))
  return {
    services,
    gateway,
    // However slow the machine is, each call is sent once.
    clientOf: (userId) => createCrmClient({ services, userId, attemptTimeoutMs: 60_000 }),
    async startWorker() {
      const worker = await createCrmWorker(loadCrmWorkerConfig(crmEnv), bus)
      await worker.ready()
      t.teardown(() => worker.close())
    },
  }
}

async function listen(t: Test, app: Awaited<ReturnType<typeof createCrmService>>): Promise<string> {
  t.teardown(() => app.close())
  return await app.listen({ host: '127.0.0.1', port: 0 })
}
