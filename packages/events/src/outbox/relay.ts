import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Database } from '@crm/service-kit/database/database.ts'
import type { Registry } from 'prom-client'
import type { Bus } from '../bus/bus.ts'
import { ensureTopics } from '../bus/ensure-topics.ts'
import type { EventContract } from '../contracts/contract.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { createOutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'
import { createWakeUp } from '../timing/wake-up.ts'
import { settledWithin } from '../timing/within.ts'
import { createBatchSender } from './batch-sender.ts'
import { createLeaseHolder } from './lease-holder.ts'
import { registerOutboxMetrics } from './metrics.ts'
import { outboxShardCount } from './outbox-row.ts'
import { createPeerSignal, type Signal } from './peer-signal.ts'

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

/**
 * Sends the outbox's events to the bus: each at least once, those of one record and topic in order. Any number of relays share an
 * outbox. A topic that refuses its events holds up no other.
 */
export interface Relay {
  /** Begins in the background; outages of database and bus are survived by retrying. */
  start(): void
  /** Says that events were committed; relays of other processes hear of it too. Cheap: call it after each commit. */
  wake(): void
  /**
   * Finishes the batch in flight and gives its shards back. When database or bus keep it waiting for more than 5 s, both are left undone:
   * the events are sent again, by whoever has the shards when the leases have run out. Never rejects.
   */
  stop(): Promise<void>
}

const retryRange = { baseMs: 100, maxMs: 5_000 }
// A process has 25 s to end, most of them for its consumers.
const stopPatienceMs = 5_000

export function createRelay(options: RelayOptions): Relay {
  const { db, bus, contracts, logger } = options
  const { leaseMs = 10_000, batchSize = 500, pollMs = 1_000 } = options
  const relay = options.instanceId ?? `${hostname()}:${process.pid}:${randomUUID()}`
  const leases = createLeaseHolder(db, { relay, leaseMs }, logger)
  const makeTopics = ensureTopics({ bus, contracts, logger, bindings: { relay } })
  const published = registerOutboxMetrics(options.metrics, db)
  const wakeUp = createWakeUp()
  const peers = createPeerSignal(db, { relay, logger, onSignal: heed })
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let peersUnaware = false
  let doing: 'making topics' | 'leasing' | 'reading' | 'publishing' | 'marking' = 'leasing'
  const sender = createBatchSender({ ...options, relay, leases, batchSize, published, onStep: (step) => (doing = step) })

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
    const more = await sender.sendBatch()
    if (more) wakeUp.wake()
  }

  async function run(): Promise<void> {
    const outage = createOutageLog(logger, { relay })
    peers.listen()
    while (!stopping.signal.aborted) {
      try {
        await sendWhatWaits()
        outage.over('outbox relay works again')
        await wakeUp.sleep(Math.min(pollMs, leases.dueInMs(), sender.dueInMs()))
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
      if (running === undefined || (await settledWithin(running, stopPatienceMs))) return
      logger.warn({ relay }, `outbox relay stops while it is still ${doing}: what it sent may be sent again`)
    },
  }
}
