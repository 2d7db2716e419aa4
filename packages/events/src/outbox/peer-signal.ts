import type { Database } from '@crm/service-kit/database/database.ts'
import type postgres from 'postgres'
import { dedicatedConnection } from '../database/dedicated-connection.ts'
import { answered } from '../database/require-answer.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { createOutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'

const channel = 'outbox_events_committed'

/** `events`: events were committed. `leases`: shards were given back, or are wanted. */
export type Signal = 'events' | 'leases'

/** Lets the relays of an outbox, in whatever process, wake each other. A lost signal only costs the wait for the next poll. */
export interface PeerSignal {
  /** Listens in the background from now on, on a connection of its own; one that is refused or lost is retried, and logged once. */
  listen(): void
  /** Tells the other relays. Never waits, never fails; calls made while one is on its way count as one. */
  send(signal: Signal): void
  /** Never rejects. */
  close(): Promise<void>
}

export interface PeerSignalOptions {
  /** Names the sender, which does not hear itself. */
  relay: string
  logger: EventLogger
  onSignal: (signal: Signal) => void
}

const retryRange = { baseMs: 500, maxMs: 30_000 }

/** A notification of its own transaction does not serialise the commits of changes. */
export function createPeerSignal(db: Database, { relay, logger, onSignal }: PeerSignalOptions): PeerSignal {
  const closing = new AbortController()
  let connection: postgres.Sql | undefined
  let lost = Promise.withResolvers<void>()
  let listening: Promise<void> | undefined
  let sending = false
  const waiting = new Set<Signal>()

  function connect(): postgres.Sql {
    return dedicatedConnection(db, {
      onclose: () => lost.resolve(),
      onnotify: (_channel, payload) => {
        const [signal, sender] = payload.split(' ')
        if (sender !== relay && (signal === 'events' || signal === 'leases')) onSignal(signal)
      },
    })
  }

  async function keepListening(): Promise<void> {
    const outage = createOutageLog(logger, { relay })
    while (!closing.signal.aborted) {
      try {
        lost = Promise.withResolvers()
        connection ??= connect()
        await connection.unsafe(`listen ${channel}`)
        outage.over('outbox relay hears the other relays again')
        // What was said before was not heard; this covers all that can be said.
        onSignal('leases')
        await lost.promise
      } catch (error) {
        if (closing.signal.aborted) return
        outage.failed(error, 'outbox relay cannot listen to the other relays; it polls, and retries until it can')
        await pause(backoffDelay(outage.failures(), retryRange), closing.signal)
      }
    }
  }

  async function sendUntilQuiet(): Promise<void> {
    sending = true
    for (const signal of waiting) {
      waiting.delete(signal)
      await answered(db.sql`select pg_notify(${channel}, ${`${signal} ${relay}`})`).catch(() => {})
    }
    sending = false
  }

  return {
    listen() {
      listening ??= keepListening()
    },
    send(signal) {
      waiting.add(signal)
      if (!sending) void sendUntilQuiet()
    },
    async close() {
      closing.abort()
      lost.resolve()
      await connection?.end({ timeout: 1 }).catch(() => {})
      await listening
    },
  }
}
