import type { Admin } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { settledWithin } from '../../timing/within.ts'
import { createClient, type KafkaConnection, type Patience } from './client.ts'
import { describeOutage } from './outage.ts'
import { timeLimits } from './time-limits.ts'

/** An admin client that connects at its first use, and anew after a failure; uses beside the one that failed are finished first. */
export interface AdminClient {
  use<T>(work: (admin: Admin) => Promise<T>): Promise<T>
  /** Never rejects. */
  close(): Promise<void>
}

interface Opened {
  admin: Promise<Admin>
  users: number
  hasFailed: boolean
}

export function createAdminClient(connection: KafkaConnection, patience: Patience, logger: EventLogger): AdminClient {
  let current: Opened | undefined

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

  return {
    async use(work) {
      current ??= { admin: open(), users: 0, hasFailed: false }
      const opened = current
      opened.users++
      try {
        return await work(await opened.admin)
      } catch (error) {
        opened.hasFailed = true
        if (current === opened) current = undefined
        throw describeOutage(error, connection.brokers)
      } finally {
        opened.users--
        if (opened.hasFailed && opened.users === 0) void disconnect(opened)
      }
    },
    async close() {
      if (current) await disconnect(current)
      current = undefined
    },
  }
}

/** Never rejects. */
async function disconnect({ admin }: Opened): Promise<void> {
  await settledWithin(
    admin.then((connected) => connected.disconnect()),
    timeLimits.disconnectMs,
  )
}
