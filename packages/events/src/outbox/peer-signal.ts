import type { Database } from '@crm/service-kit/database/database.ts'
import type postgres from 'postgres'
import { dedicatedConnection } from '../database/dedicated-connection.ts'

const channel = 'outbox_events_committed'

/** `events`: events were committed. `leases`: shards were given back, or are wanted. */
export type Signal = 'events' | 'leases'

/** Lets the relays of an outbox, in whatever process, wake each other. A lost signal only costs the wait for the next poll. */
export interface PeerSignal {
  /** Listens from now on, if it does not yet or its connection was lost. */
  listen(): Promise<void>
  /** Tells the other relays. Never waits, never fails; calls made while one is on its way count as one. */
  send(signal: Signal): void
  close(): Promise<void>
}

/** `relay` names the sender, which does not hear itself. A notification of its own transaction does not serialise the commits of changes. */
export function createPeerSignal(db: Database, options: { relay: string; onSignal: (signal: Signal) => void }): PeerSignal {
  const { relay, onSignal } = options
  let connection: postgres.Sql | undefined
  let listening = false
  let sending = false
  const waiting = new Set<Signal>()

  function connect(): postgres.Sql {
    return dedicatedConnection(db, {
      onclose: () => {
        listening = false
      },
      onnotify: (_channel, payload) => {
        const [signal, sender] = payload.split(' ')
        if (sender !== relay && (signal === 'events' || signal === 'leases')) onSignal(signal)
      },
    })
  }

  async function sendUntilQuiet(): Promise<void> {
    sending = true
    for (const signal of waiting) {
      waiting.delete(signal)
      await db.sql`select pg_notify(${channel}, ${`${signal} ${relay}`})`.catch(() => {})
    }
    sending = false
  }

  return {
    async listen() {
      if (listening) return
      connection ??= connect()
      await connection.unsafe(`listen ${channel}`)
      listening = true
    },
    send(signal) {
      waiting.add(signal)
      if (!sending) void sendUntilQuiet()
    },
    async close() {
      await connection?.end({ timeout: 1 }).catch(() => {})
    },
  }
}
