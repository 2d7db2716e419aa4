import type { Bus } from '@crm/events/bus/bus.ts'
import { leadContracts } from '@crm/events/contracts/lead.ts'
import { eventPruning } from '@crm/events/maintenance/event-pruning.ts'
import { createRelay } from '@crm/events/outbox/relay.ts'
import { createTokenVerifier } from '@crm/service-kit/auth/access-token.ts'
import { remotePublicKeys } from '@crm/service-kit/auth/public-keys.ts'
import { remoteAccess } from '@crm/service-kit/auth/remote-access.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import type { ServiceClient } from '@crm/service-kit/http-client/service-client.ts'
import { pruneIdempotencyKeys } from '@crm/service-kit/idempotency/prune.ts'
import { periodicTask } from '@crm/service-kit/maintenance/periodic-task.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Registry } from 'prom-client'
import { crmApi } from './api.ts'
import type { CrmServiceConfig } from './config.ts'
import { createCompanyDirectory } from './modules/companies/company-directory.ts'
import { purgeLeads } from './modules/leads/purge-leads.ts'

const minute = 60_000

export interface CrmAppOptions {
  config: Pick<CrmServiceConfig, 'AUTH_MODE' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>
  db: Database
  bus: Bus
  userService: ServiceClient
  registry: Registry
}

/** crm-service as a whole: its API, and the relay that sends its events from when the service listens. */
export const crmApp: FastifyPluginAsync<CrmAppOptions> = async (app, { config, db, bus, userService, registry }) => {
  const relay = createRelay({ db, bus, contracts: leadContracts, logger: app.log, metrics: registry })
  app.addHook('onListen', async () => relay.start())
  app.addHook('onClose', async () => relay.stop())
  await app.register(periodicTask, { task: 'prune idempotency keys', everyMs: 10 * minute, run: () => pruneIdempotencyKeys(db) })
  await app.register(periodicTask, eventPruning(db, { outbox: true, inbox: false }))
  await app.register(periodicTask, { task: 'purge deleted leads', everyMs: 60 * minute, run: () => purgeLeads(db) })
  const { AUTH_MODE: mode, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config
  const verify = await createTokenVerifier(app, { issuer, audience, keys: remotePublicKeys(userService) })
  await app.register(crmApi, {
    prefix: '/v1',
    db,
    callers: { accessSource: remoteAccess(userService), mode, verify },
    companies: createCompanyDirectory(userService),
    wakeRelay: () => relay.wake(),
  })
}
