import type { Database } from '@crm/service-kit/database/database.ts'
import { type Counter, Gauge, type Registry } from 'prom-client'
import { counter } from '../metrics/register.ts'
import { countUnpublished, oldestUnpublishedSeconds } from './unpublished.ts'

/**
 * Registers the outbox's metrics and returns the counter of published events. The gauges ask the database at each scrape and are
 * NaN while it cannot answer. A registry holds the metrics of one outbox.
 */
export function registerOutboxMetrics(registry: Registry, db: Database): Counter {
  gauge(registry, 'crm_outbox_unpublished', 'Events written and not yet sent to the bus, counted up to 100000.', () => countUnpublished(db))
  gauge(registry, 'crm_outbox_oldest_unpublished_seconds', 'Age of the oldest event not yet sent to the bus.', () =>
    oldestUnpublishedSeconds(db),
  )
  return counter(registry, { name: 'crm_outbox_published_total', help: 'Events sent to the bus and marked as published.' })
}

function gauge(registry: Registry, name: string, help: string, read: () => Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read().catch(() => Number.NaN))
    },
  })
}
