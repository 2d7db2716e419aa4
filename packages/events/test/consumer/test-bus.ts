import { connectDatabase } from '@crm/service-kit/database/database.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { createKafkaBus } from '../../src/bus/kafka/kafka-bus.ts'
import type { EventLogger } from '../../src/logging/event-logger.ts'

/** Where a bus is, as another process can be told. */
export type TestBusPlace = { databaseUrl: string } | { brokers: string }

/** A handle on the bus, as each process has its own. Closing it closes its connections. */
export function openTestBus(place: TestBusPlace, logger: EventLogger): Bus {
  if ('brokers' in place) return createKafkaBus({ brokers: [place.brokers], clientId: 'test', logger, sessionTimeoutMs: 6_000 })
  const db = connectDatabase({ url: place.databaseUrl, applicationName: 'test-bus' })
  const bus = createEmbeddedBus({ db, logger, pollMs: 50 })
  return {
    ...bus,
    async close() {
      await bus.close()
      await db.close()
    },
  }
}
