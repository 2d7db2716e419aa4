import type { Bus } from '@crm/events/bus/bus.ts'
import { companyContracts } from '@crm/events/contracts/company.ts'
import { sessionContracts } from '@crm/events/contracts/session.ts'
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
import { createIdentity, prepareKeys, pruneIdentity } from './identity.ts'
import { bootstrapAdmin } from './modules/users/bootstrap-admin.ts'
import { loginEmail } from './modules/users/bootstrap-problems.ts'
import { seedSampleData } from './sample-data/seed-sample-data.ts'

const minute = 60_000

export type UserServiceAppConfig = Pick<
  UserServiceConfig,
  | 'AUTH_MODE'
  | 'JWT_ISSUER'
  | 'JWT_AUDIENCE'
  | 'SIGNING_KEY_SECRET'
  | 'SEED_SAMPLE_DATA'
  | 'BOOTSTRAP_ADMIN_EMAIL'
  | 'BOOTSTRAP_ADMIN_PASSWORD'
>

export interface UserServiceAppOptions {
  config: UserServiceAppConfig
  db: Database
  bus: Bus
  registry: Registry
}

/** user-service as a whole: its API, its sample data, and the relay that sends its events from when the service listens. */
export const userServiceApp: FastifyPluginAsync<UserServiceAppOptions> = async (app, { config, db, bus, registry }) => {
  const contracts = [...companyContracts, ...userContracts, ...sessionContracts]
  const relay = createRelay({ db, bus, contracts, logger: app.log, metrics: registry })
  const { verify, ...identity } = await createIdentity(app, { config, db, registry })
  const { BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD: password } = config
  const email = BOOTSTRAP_ADMIN_EMAIL === undefined ? undefined : loginEmail(BOOTSTRAP_ADMIN_EMAIL)
  app.addHook('onReady', async () => {
    if (config.SEED_SAMPLE_DATA) await seedSampleData(db)
    if (email !== undefined && password !== undefined) await bootstrapAdmin(db, identity.hasher, { email, password })
    await prepareKeys(app, identity.keys)
  })
  app.addHook('onListen', async () => relay.start())
  app.addHook('onClose', async () => relay.stop())
  await app.register(periodicTask, { task: 'prune idempotency keys', everyMs: 10 * minute, run: () => pruneIdempotencyKeys(db) })
  await app.register(periodicTask, { task: 'prune sessions and signing keys', everyMs: minute, run: () => pruneIdentity(db) })
  await app.register(periodicTask, eventPruning(db, { outbox: true, inbox: false }))
  await app.register(userApi, { ...identity, db, callers: { mode: config.AUTH_MODE, verify }, wakeRelay: () => relay.wake() })
}
