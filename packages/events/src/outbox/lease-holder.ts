import type { Database } from '@crm/service-kit/database/database.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { balanceLeases, ensureShards, type LeaseOptions, releaseLeases, renewLeases } from './leases.ts'

/** Keeps a relay's leases up to date; the relay calls it between batches. */
export interface LeaseHolder {
  /** Shards held when last balanced. */
  held(): number
  /** Milliseconds until balancing is due; negative when it is overdue. */
  dueInMs(): number
  /** Renews, gives back, takes: when it is due. Resolves to whether the other relays should balance now, to take or to give. */
  balanceWhenDue(): Promise<boolean>
  /** Makes balancing due: another relay came, went or gave back. */
  expire(): void
  /** Renews the leases for as long as the work takes. */
  during<T>(work: Promise<T>): Promise<T>
  release(): Promise<void>
}

export function createLeaseHolder(db: Database, lease: LeaseOptions, logger: EventLogger): LeaseHolder {
  const everyMs = lease.leaseMs / 3
  let held = 0
  let dueAt: number | undefined

  async function balance(): Promise<boolean> {
    const startedAt = performance.now()
    const isNew = dueAt === undefined
    if (isNew) await ensureShards(db, lease.shards)
    const { held: now, released, missing } = await balanceLeases(db, lease)
    held = now
    dueAt = startedAt + everyMs
    return released > 0 || (isNew && missing > 0)
  }

  return {
    held: () => held,
    dueInMs: () => (dueAt ?? 0) - performance.now(),
    async balanceWhenDue() {
      return dueAt === undefined || dueAt <= performance.now() ? balance() : false
    },
    expire() {
      if (dueAt !== undefined) dueAt = performance.now()
    },
    async during(work) {
      const renewing = setInterval(() => {
        renewLeases(db, lease).catch((error) => logger.debug({ err: error, relay: lease.relay }, 'outbox relay cannot renew its leases'))
      }, everyMs)
      return await work.finally(() => clearInterval(renewing))
    },
    release: () => releaseLeases(db, lease.relay),
  }
}
