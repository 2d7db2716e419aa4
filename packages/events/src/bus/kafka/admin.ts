import type { Admin } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { createClient, type KafkaConnection, type Patience } from './client.ts'
import { describeOutage } from './outage.ts'
import { settledWithin } from './within.ts'

/** An admin client that connects at its first use, and anew after a failure. */
export interface AdminClient {
  use<T>(work: (admin: Admin) => Promise<T>): Promise<T>
  /** Never rejects. */
  close(): Promise<void>
}

const disconnectMs = 3_000

export function createAdminClient(connection: KafkaConnection, patience: Patience, logger: EventLogger): AdminClient {
  let current: Promise<Admin> | undefined

  async function open(): Promise<Admin> {
    const admin = createClient(connection, patience, logger).admin()
    try {
      await admin.connect()
      return admin
    } catch (error) {
      void admin.disconnect().catch(() => {})
      throw error
    }
  }

  async function drop(opened: Promise<Admin>): Promise<void> {
    if (current === opened) current = undefined
    await settledWithin(
      opened.then((admin) => admin.disconnect()),
      disconnectMs,
    )
  }

  return {
    async use(work) {
      current ??= open()
      const opened = current
      try {
        return await work(await opened)
      } catch (error) {
        void drop(opened)
        throw describeOutage(error, connection.brokers)
      }
    },
    async close() {
      if (current) await drop(current)
    },
  }
}
