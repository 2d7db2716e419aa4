import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Database } from '@crm/service-kit/database/database.ts'
import type { Registry } from 'prom-client'
import type { Bus } from '../bus/bus.ts'
import { ensureTopics } from '../bus/ensure-topics.ts'
import { inRequests } from '../bus/request-size.ts'
import type { EventContract } from '../contracts/contract.ts'
import { toMessage } from '../envelope/to-message.ts'
import { failpoint } from '../failpoints/failpoint.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { createOutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'
import { createWakeUp } from '../timing/wake-up.ts'
import { createLeaseHolder } from './lease-holder.ts'
import { registerOutboxMetrics } from './metrics.ts'
import { outboxShardCount } from './outbox-row.ts'
import { createPeerSignal, type Signal } from './peer-signal.ts'
import { markPublished, readUnpublished } from './unpublished.ts'

export interface RelayOptions {
  db: Database
  bus: Bus
  /** The contracts of the events written to the outbox: their topics are made before the first event is sent. */
  contracts: readonly EventContract[]
  logger: EventLogger
  /** Of its own for each relay. */
  metrics: Registry
  /** Unique among the relays alive; made up by default. */
  instanceId?: string
  /** A relay that is silent for so long loses its shards; milliseconds. */
  leaseMs?: number
  /** Rows read and sent at once at most. */
  batchSize?: number
  /** How often to look for rows nobody woke the relay for; milliseconds. */
  pollMs?: number
}

/** Sends the outbox's events to the bus: each at least once, those of one record in order. Any number of relays share an outbox. */
export interface Relay {
  /** Begins in the background; outages of database and bus are survived by retrying. */
  start(): void
  /** Says that events were committed; relays of other processes hear of it too. Cheap: call it after each commit. */
  wake(): void
  /** Finishes the batch in flight and gives its shards back. Never rejects. */
  stop(): Promise<void>
}

const retryRange = { baseMs: 100, maxMs: 5_000 }

export function createRelay(options: RelayOptions): Relay {
  const { db, bus, contracts, logger } = options
  const { leaseMs = 10_000, batchSize = 500, pollMs = 1_000 } = options
  const relay = options.instanceId ?? `${hostname()}:${process.pid}:${randomUUID()}`
  const leases = createLeaseHolder(db, { relay, leaseMs }, logger)
  const makeTopics = ensureTopics(bus, contracts)
  const published = registerOutboxMetrics(options.metrics, db)
  const wakeUp = createWakeUp()
  const peers = createPeerSignal(db, { relay, logger, onSignal: heed })
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let peersUnaware = false
  let doing: 'making topics' | 'leasing' | 'reading' | 'publishing' | 'marking' = 'leasing'

  /** Sends one batch; resolves to whether more rows may be waiting. */
  async function sendBatch(): Promise<boolean> {
    if (leases.held() === 0) return false
    doing = 'reading'
    // A backlog in every shard must not be read whole for one batch; one busy shard alone still gives batches worth sending.
    const perShard = Math.min(batchSize, Math.ceil((4 * batchSize) / leases.held()))
    const rows = await readUnpublished(db, relay, { total: batchSize, perShard })
    const [messages = []] = inRequests(rows.map(toMessage))
    if (messages.length === 0) return false
    doing = 'publishing'
    await leases.during(bus.publish(messages))
    await failpoint('relay.sent')
    doing = 'marking'
    published.inc(await markPublished(db, relay, rows.slice(0, messages.length)))
    return rows.length >= perShard || messages.length < rows.length
  }

  function heed(signal: Signal): void {
    if (signal === 'leases') leases.expire()
    wakeUp.wake()
  }

  async function sendWhatWaits(): Promise<void> {
    doing = 'making topics'
    await makeTopics()
    doing = 'leasing'
    if (await leases.balanceWhenDue()) peers.send('leases')
    // Events of shards leased by others are theirs to send.
    if (peersUnaware && leases.held() < outboxShardCount) peers.send('events')
    peersUnaware = false
    const more = await sendBatch()
    if (more) wakeUp.wake()
  }

  async function run(): Promise<void> {
    const outage = createOutageLog(logger, { relay })
    peers.listen()
    while (!stopping.signal.aborted) {
      try {
        await sendWhatWaits()
        outage.over('outbox relay works again')
        await wakeUp.sleep(Math.min(pollMs, leases.dueInMs()))
      } catch (error) {
        outage.failed(error, `outbox relay failed while ${doing}; it retries until it works`)
        await pause(backoffDelay(outage.failures(), retryRange), stopping.signal)
      }
    }
    await leases.release().catch((error) => logger.warn({ err: error, relay }, 'outbox relay could not give back its leases'))
    peers.send('leases')
    await peers.close()
  }

  return {
    start() {
      running ??= run()
    },
    wake() {
      peersUnaware = true
      wakeUp.wake()
    },
    async stop() {
      stopping.abort()
      wakeUp.wake()
      await running
    },
  }
}
