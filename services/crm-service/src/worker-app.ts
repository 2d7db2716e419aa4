import type { Bus } from '@crm/events/bus/bus.ts'
import { createConsumer } from '@crm/events/consumer/create-consumer.ts'
import { leadContracts } from '@crm/events/contracts/lead.ts'
import { eventPruning } from '@crm/events/maintenance/event-pruning.ts'
import { createRelay } from '@crm/events/outbox/relay.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { periodicTask } from '@crm/service-kit/maintenance/periodic-task.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Registry } from 'prom-client'
import { crmWorkerConsumers } from './consumers/crm-worker-consumers.ts'

export interface CrmWorkerAppOptions {
  db: Database
  bus: Bus
  registry: Registry
}

/** Consumers, a relay for the events they write, and the pruning of both. They begin once the worker listens: one that cannot takes nothing from others. */
export const crmWorkerApp: FastifyPluginAsync<CrmWorkerAppOptions> = async (app, { db, bus, registry }) => {
  const relay = createRelay({ db, bus, contracts: leadContracts, logger: app.log, metrics: registry })
  const shared = { db, bus, logger: app.log, metrics: registry, afterCommit: () => relay.wake() }
  const consumers = crmWorkerConsumers.map((definition) => createConsumer({ ...shared, definition }))
  app.addHook('onListen', async () => {
    relay.start()
    await Promise.all(consumers.map((consumer) => consumer.start()))
  })
  app.addHook('onClose', async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    await relay.stop()
  })
  await app.register(periodicTask, eventPruning(db, { outbox: true, inbox: true }))
}
