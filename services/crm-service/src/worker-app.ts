import type { Bus } from '@crm/events/bus/bus.ts'
import { createConsumer } from '@crm/events/consumer/create-consumer.ts'
import { leadContracts } from '@crm/events/contracts/lead.ts'
import { eventPruning } from '@crm/events/maintenance/event-pruning.ts'
import { createRelay } from '@crm/events/outbox/relay.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { periodicTask } from '@crm/service-kit/maintenance/periodic-task.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Registry } from 'prom-client'
import { qualifyLead } from './consumers/qualify-lead.ts'

export interface CrmWorkerAppOptions {
  db: Database
  bus: Bus
  registry: Registry
}

/** The consumer that qualifies leads, a relay for the events it writes, and the pruning of both. */
export const crmWorkerApp: FastifyPluginAsync<CrmWorkerAppOptions> = async (app, { db, bus, registry }) => {
  const relay = createRelay({ db, bus, contracts: leadContracts, logger: app.log, metrics: registry })
  const consumer = createConsumer({
    definition: qualifyLead,
    db,
    bus,
    logger: app.log,
    metrics: registry,
    afterCommit: () => relay.wake(),
  })
  app.addHook('onReady', async () => {
    relay.start()
    await consumer.start()
  })
  app.addHook('onClose', async () => {
    await consumer.stop()
    await relay.stop()
  })
  await app.register(periodicTask, eventPruning(db, { outbox: true, inbox: true }))
}
