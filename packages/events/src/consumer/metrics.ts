import type { Registry } from 'prom-client'
import { counter, histogram } from '../metrics/register.ts'

const labelNames = ['group', 'topic'] as const

/** The metrics that all consumers of a process share. */
export function consumerMetrics(registry: Registry) {
  return {
    processed: counter(registry, { name: 'crm_consumer_processed_total', help: 'Events whose effects were committed.', labelNames }),
    failed: counter(registry, { name: 'crm_consumer_failed_total', help: 'Batches that failed and are delivered again.', labelNames }),
    duplicates: counter(registry, {
      name: 'crm_consumer_duplicates_total',
      help: 'Events delivered again after their effects were committed, and skipped.',
      labelNames,
    }),
    handlerSeconds: histogram(registry, {
      name: 'crm_consumer_handler_seconds',
      help: 'Time a handler took for a batch.',
      labelNames,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
  }
}
