import type { Database } from '@crm/service-kit/database/database.ts'
import type { Counter } from 'prom-client'
import { type Bus, UnknownTopicError } from '../bus/bus.ts'
import { inRequests } from '../bus/request-size.ts'
import type { EventContract } from '../contracts/contract.ts'
import { answered } from '../database/require-answer.ts'
import { toMessage } from '../envelope/to-message.ts'
import { failpoint } from '../failpoints/failpoint.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import type { LeaseHolder } from './lease-holder.ts'
import { createRefusedTopics } from './refused-topics.ts'
import { markPublished, readUnpublished, type UnpublishedRow } from './unpublished.ts'

/** Sends what a relay may send. */
export interface BatchSender {
  /** Sends one batch and marks it; resolves to whether more rows may be waiting. Rejects when the database says nothing for 15 s. */
  sendBatch(): Promise<boolean>
  /** Milliseconds until a topic that refused is to be tried again; Infinity when there is none. */
  dueInMs(): number
}

export interface BatchSenderOptions {
  db: Database
  bus: Bus
  contracts: readonly EventContract[]
  logger: EventLogger
  relay: string
  leases: LeaseHolder
  batchSize: number
  published: Counter
  /** Told before each step. */
  onStep(step: 'reading' | 'publishing' | 'marking'): void
}

export function createBatchSender(options: BatchSenderOptions): BatchSender {
  const { db, bus, contracts, logger, relay, leases, batchSize, published, onStep } = options
  const topics = createRefusedTopics<UnpublishedRow>({
    send,
    onSent: mark,
    ping: () => bus.ping(),
    logger,
    bindings: { relay },
  })

  /** Makes topics anew that were deleted since they were made. */
  async function send(rows: readonly UnpublishedRow[]): Promise<void> {
    onStep('publishing')
    const messages = rows.map(toMessage)
    try {
      await bus.publish(messages)
    } catch (error) {
      const own = contracts.map(({ type }) => type).filter((type) => rows.some((row) => row.type === type))
      if (!(error instanceof UnknownTopicError) || own.length === 0) throw error
      await bus.createTopics(own)
      await bus.publish(messages)
    }
  }

  async function mark(rows: readonly UnpublishedRow[]): Promise<void> {
    await failpoint('relay.sent')
    onStep('marking')
    // One that comes late all the same marks nothing that another relay has by then: the epoch is another.
    published.inc(await answered(markPublished(db, relay, rows)))
  }

  return {
    dueInMs: topics.dueInMs,
    async sendBatch() {
      if (leases.held() === 0) return false
      onStep('reading')
      // A backlog in every shard must not be read whole for one batch; one busy shard alone still gives batches worth sending.
      const perShard = Math.min(batchSize, Math.ceil((4 * batchSize) / leases.held()))
      const rows = await answered(readUnpublished(db, relay, { total: batchSize, perShard, without: topics.resting() }))
      const [messages = []] = inRequests(rows.map(toMessage))
      if (messages.length === 0) return false
      await leases.during(topics.publish(rows.slice(0, messages.length)))
      return rows.length >= perShard || messages.length < rows.length
    },
  }
}
