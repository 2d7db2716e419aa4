import type { EventContract } from '../contracts/contract.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { createOutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'
import type { Bus } from './bus.ts'

export interface EnsureTopicsOptions {
  bus: Bus
  contracts: readonly EventContract[]
  logger: EventLogger
  bindings: Record<string, unknown>
}

const retryRange = { baseMs: 100, maxMs: 5_000 }

/**
 * Returns a function to call again and again, which makes the contracts' topics once. Where the bus answers and will not make one, that
 * is logged, and tried again by a later call: topics that exist can be used. Rejects when the bus is out of reach.
 */
export function ensureTopics({ bus, contracts, logger, bindings }: EnsureTopicsOptions): () => Promise<void> {
  const outage = createOutageLog(logger, bindings)
  let dueAt = 0
  return async () => {
    if (performance.now() < dueAt) return
    try {
      await bus.createTopics(contracts.map(({ type }) => type))
      outage.over('topics were made at last')
      dueAt = Number.POSITIVE_INFINITY
    } catch (error) {
      await bus.ping().catch(() => {
        throw error
      })
      outage.failed(error, 'topics cannot be made; this goes on with those that exist, and retries until it can')
      dueAt = performance.now() + backoffDelay(outage.failures(), retryRange)
    }
  }
}
