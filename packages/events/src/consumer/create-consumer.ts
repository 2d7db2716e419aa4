import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Database } from '@crm/service-kit/database/database.ts'
import type { Registry } from 'prom-client'
import type { Bus } from '../bus/bus.ts'
import { endProcess } from '../bus/end-process.ts'
import type { EventContract } from '../contracts/contract.ts'
import { deadLetterTopic } from '../dead-letters/dead-letter.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import type { BackoffRange } from '../timing/backoff.ts'
import type { ConsumerDefinition } from './define-consumer.ts'
import { StoppedError } from './errors.ts'
import { beginAtZero, consumerMetrics, registerLag } from './metrics.ts'
import { createPartitionConsumer, type PartitionConsumer } from './partition-consumer.ts'
import { createSubscriber } from './subscriber.ts'

export interface ConsumerOptions<C extends EventContract> {
  definition: ConsumerDefinition<C>
  bus: Bus
  /** Holds the inbox, the table of partitions, and what the handler writes. */
  db: Database
  logger: EventLogger
  metrics: Registry
  /** Called after each commit with effects: wakes the relay for the events that the handler wrote. */
  afterCommit?: () => void
  /** How long a partition rests after failures in a row; default 2, 4, 8 .. 60 s. */
  retry?: BackoffRange
  /** How long `stop` waits for what is in flight before it cuts it off, to be delivered again; milliseconds, default 12 s. */
  stopPatienceMs?: number
  /** Called when the consumer cannot go on, for a reason that trying again does not remove. By default that ends the process. */
  onLost?: (error: Error) => void
}

/**
 * Runs a handler for a group: effects in the database exactly once, in order within a partition. What fails is tried again while other
 * partitions go on; what cannot be handled becomes a dead letter, and only then does its partition go on.
 */
export interface Consumer {
  /**
   * Makes the topics if need be and subscribes; a bus that is down is waited for in the background, one that refuses for good is a reason
   * for `onLost`. Never rejects.
   */
  start(): Promise<void>
  /**
   * Begins nothing more and finishes what is in flight, or cuts it off in the end. Neither counts as a crash, provided that the database
   * can be told: while it is away, that is tried for as long as there is patience. If it comes back later still, one crash is counted.
   * So is what does not end in a process that stops by an uncaught error (see `runProcess`): it may be the cause. Never rejects.
   */
  stop(): Promise<void>
}

const defaultRetry = { baseMs: 2_000, maxMs: 60_000 }
// A process has 25 s to end, the draining included.
const defaultStopPatienceMs = 12_000
// At least, to note that nothing is in flight.
const releaseMs = 2_000

export function createConsumer<C extends EventContract>(options: ConsumerOptions<C>): Consumer {
  const { definition, bus, db, logger, metrics: registry, afterCommit, retry = defaultRetry } = options
  const { stopPatienceMs = defaultStopPatienceMs, onLost = endProcess } = options
  const { group } = definition
  const contracts = new Map<string, C>(definition.on.map((contract) => [contract.type, contract]))
  const topics = [...contracts.keys()]
  const owner = `${hostname()}:${process.pid}:${randomUUID()}`
  const metrics = consumerMetrics(registry)
  const partitions = new Map<string, PartitionConsumer>()
  const cutOff = new AbortController()
  let stopping = false

  function partitionOf(topic: string, partition: number): PartitionConsumer {
    const place = `${topic}/${partition}`
    const existing = partitions.get(place)
    if (existing) return existing
    const ownership = { group, topic, partition, owner }
    const shared = { definition, contracts, bus, db, logger, metrics, retry, isStopping, cutOff: cutOff.signal, afterCommit }
    const created = createPartitionConsumer({ ...shared, ownership, onLost })
    partitions.set(place, created)
    return created
  }

  function isStopping(): boolean {
    return stopping
  }

  beginAtZero(metrics, group, topics)
  const forgetLag = registerLag(registry, { bus, group, topics })
  const subscriber = createSubscriber(bus, {
    group,
    topics,
    deadLetterTopics: topics.map((topic) => deadLetterTopic(topic, group)),
    deliver: (batch) => partitionOf(batch.topic, batch.partition).deliver(batch),
    logger,
    onLost,
  })
  return {
    start: () => subscriber.start(),
    async stop() {
      stopping = true
      const stoppedAt = performance.now()
      const patience = setTimeout(() => cutOff.abort(new StoppedError('the consumer was stopped')), stopPatienceMs)
      await subscriber.stop()
      clearTimeout(patience)
      const leftMs = stopPatienceMs - (performance.now() - stoppedAt)
      const signal = AbortSignal.timeout(Math.ceil(Math.max(releaseMs, leftMs)))
      await Promise.all([...partitions.values()].map((partition) => partition.release(signal)))
      forgetLag()
    },
  }
}
