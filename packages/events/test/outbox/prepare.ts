import type { Database } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import type { Bus } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { createRelay, type Relay, type RelayOptions } from '../../src/outbox/relay.ts'
import { countUnpublished } from '../../src/outbox/unpublished.ts'
import { connect, openBusDatabase, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'

export const timeoutMs = 60_000
export const topic = 'thing.changed'
export const never = 2 ** 30

export const drained = async (db: Database) => (await countUnpublished(db)) === 0

/** An outbox, a log and relays between them, whose leases outlast what a busy machine may stall. */
export async function prepare(t: Test, { topics = [topic] } = {}) {
  const service = await openServiceDatabase(t)
  const log = await openBusDatabase(t)
  const { logger, lines } = recordingLogger()
  const bus = createEmbeddedBus({ db: log.db, logger })
  await bus.createTopics(topics)

  function relay(options: Partial<RelayOptions> = {}): Relay {
    const created = createRelay({
      db: connect(t, service.url),
      bus,
      contracts: [],
      logger,
      metrics: new Registry(),
      leaseMs: 30_000,
      pollMs: 50,
      ...options,
    })
    t.teardown(() => created.stop())
    return created
  }
  return { ...service, log, bus, relay, lines, logger }
}

/** The bus, but for its publishing: that waits for `goOn`. */
export function slowBus(bus: Bus) {
  const gate = Promise.withResolvers<void>()
  let publishing = 0
  const slow: Bus = {
    ...bus,
    async publish(messages) {
      publishing++
      await gate.promise
      await bus.publish(messages)
    },
  }
  return { slow, goOn: gate.resolve, untilPublishing: () => until(() => publishing === 1, { timeoutMs, what: 'the slow sending' }) }
}

export interface Sent {
  key: string
  sequence: number
}

/** What is in the log, oldest first within each key. */
export async function sent(log: Database): Promise<Sent[]> {
  return await log.sql<Sent[]>`
    select convert_from(key, 'UTF8') as key, (headers ->> 'ce_sequence')::int as sequence
    from records order by partition, record_offset`
}
