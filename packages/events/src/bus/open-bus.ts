import { connectDatabase } from '@crm/service-kit/database/database.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import type { Bus } from './bus.ts'
import { createEmbeddedBus } from './embedded/embedded-bus.ts'

export interface OpenBusOptions {
  /** Database of the embedded bus. */
  databaseUrl: string
  logger: EventLogger
  /** Shown in pg_stat_activity; default `bus`. */
  applicationName?: string
}

/** Opens the bus that the configuration asks for, without connecting yet. Closing it closes its connections. */
export function openBus({ databaseUrl, logger, applicationName = 'bus' }: OpenBusOptions): Bus {
  const db = connectDatabase({ url: databaseUrl, applicationName })
  const bus = createEmbeddedBus({ db, logger })
  return {
    ...bus,
    async close() {
      await bus.close()
      await db.close()
    },
  }
}
