import type { Database } from '@crm/service-kit/database/database.ts'
import type { Bus } from '../bus/bus.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import type { BackoffRange } from '../timing/backoff.ts'
import type { ConsumerLog } from './consumer-log.ts'
import type { PartitionOwnership } from './consumer-partitions.ts'
import type { ConsumerDefinition } from './define-consumer.ts'
import type { ConsumerMetrics } from './metrics.ts'
import type { PartitionState } from './partition-state.ts'

export interface PartitionConsumerOptions<C extends EventContract> {
  definition: ConsumerDefinition<C>
  /** By type. */
  contracts: ReadonlyMap<string, C>
  bus: Bus
  db: Database
  logger: EventLogger
  metrics: ConsumerMetrics
  ownership: PartitionOwnership
  retry: BackoffRange
  /** Whether nothing more is to be begun. */
  isStopping(): boolean
  /** Aborted when the consumer stops and no longer waits for what is in flight. */
  cutOff: AbortSignal
  afterCommit: (() => void) | undefined
  /** Called when the partition cannot go on, and trying again does not help. */
  onLost(error: Error): void
}

/** What the steps of a delivery work with. */
export interface PartitionContext<C extends EventContract> extends PartitionConsumerOptions<C> {
  state: PartitionState
  log: ConsumerLog
}

/**
 * What became of records. `again`: nothing is done, and how many are handled together is to be decided anew. `commit`: they are done,
 * and the offset is to move before anything else begins.
 */
export type Outcome = 'done' | 'commit' | 'again' | { pauseMs: number }
