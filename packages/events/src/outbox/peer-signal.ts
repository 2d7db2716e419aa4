import type { Database } from '@crm/service-kit/database/database.ts'
import type postgres from 'postgres'
import { dedicatedConnection } from '../database/dedicated-connection.ts'

const channel = 'outbox_events_committed'

/** Lets the relays of an outbox, in whatever process, wake each other. A lost signal only costs the wait for the next poll. */
export interface PeerSignal {
  /** Listens from now on, if it does not yet or its connection was lost. */
  listen(): Promise<void>
  /** Tells the other relays that events were committed. Never waits, never fails; calls made while one is on its way count as one. */
  send(): void
  close(): Promise<void>
}

/** `relay` names the sender, which does not hear itself. A notification of its own transaction does not serialise the commits of changes. */
export function createPeerSignal(db: Database, options: { relay: string; onSignal: () => void }): PeerSignal {
  const { relay, onSignal } = options
  let connection: postgres.Sql | undefined
  let listening = false
  let sending = false
  let again = false

  function connect(): postgres.Sql {
    return dedicatedConnection(db, {
      onclose: () => {
        listening = false
      },
      onnotify: (_channel, sender) => {
        if (sender !== relay) onSignal()
      },
    })
  }

  async function sendUntilQuiet(): Promise<void> {
    sending = true
    while (again) {
      again = false
      await db.sql`select pg_notify(${channel}, ${relay})`.catch(() => {})
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
    send() {
      again = true
      if (!sending) void sendUntilQuiet()
    },
    async close() {
      await connection?.end({ timeout: 1 }).catch(() => {})
    },
  }
}
