import type { Bus } from '@crm/events/bus/bus.ts'
import { companyContracts } from '@crm/events/contracts/company.ts'
import { userContracts } from '@crm/events/contracts/user.ts'
import { eventPruning } from '@crm/events/maintenance/event-pruning.ts'
import { createRelay } from '@crm/events/outbox/relay.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { pruneIdempotencyKeys } from '@crm/service-kit/idempotency/prune.ts'
import { periodicTask } from '@crm/service-kit/maintenance/periodic-task.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Registry } from 'prom-client'
import { userApi } from './api.ts'
import type { UserServiceConfig } from './config.ts'
import { seedSampleData } from './sample-data/seed-sample-data.ts'

const minute = 60_000

export interface UserServiceAppOptions {
  config: Pick<UserServiceConfig, 'SEED_SAMPLE_DATA'>
  db: Database
  bus: Bus
  registry: Registry
}

/** user-service as a whole: its API, its sample data, and the relay that sends its events. */
export const userServiceApp: FastifyPluginAsync<UserServiceAppOptions> = async (app, { config, db, bus, registry }) => {
  const relay = createRelay({ db, bus, contracts: [...companyContracts, ...userContracts], logger: app.log, metrics: registry })
  app.addHook('onReady', async () => {
    if (config.SEED_SAMPLE_DATA) await seedSampleData(db)
    relay.start()
  })
  app.addHook('onClose', async () => relay.stop())
  await app.register(periodicTask, { task: 'prune idempotency keys', everyMs: 10 * minute, run: () => pruneIdempotencyKeys(db) })
  await app.register(periodicTask, eventPruning(db, { outbox: true, inbox: false }))
  await app.register(userApi, { prefix: '/v1', db, wakeRelay: () => relay.wake() })
}
