import type { Database } from '@crm/service-kit/database/database.ts'
import { answered } from '../database/require-answer.ts'
import type { EventLogger } from '../logging/event-logger.ts'
import { pause } from '../timing/pause.ts'
import { balanceLeases, ensureShards, type LeaseOptions, releaseLeases, renewLeases } from './leases.ts'

/** Keeps a relay's leases up to date; the relay calls it between batches. Rejects when the database says nothing for 15 s. */
export interface LeaseHolder {
  /** Shards held when last balanced. */
  held(): number
  /** Milliseconds until balancing is due; 0 or less when it is. */
  dueInMs(): number
  /** Renews, gives back, takes: when it is due. Resolves to whether the other relays should balance now, to take or to give. */
  balanceWhenDue(): Promise<boolean>
  /** Makes balancing due: another relay came, went or gave back. */
  expire(): void
  /** Renews the leases for as long as the work takes; when it settles, no renewal is on its way. */
  during<T>(work: Promise<T>): Promise<T>
  release(): Promise<void>
}

export function createLeaseHolder(db: Database, lease: LeaseOptions, logger: EventLogger): LeaseHolder {
  const everyMs = lease.leaseMs / 3
  let held = 0
  let dueAt: number | undefined
  let expired = true

  async function balance(): Promise<boolean> {
    const startedAt = performance.now()
    const isNew = dueAt === undefined
    // Before the work: what makes it due again meanwhile must not be forgotten.
    expired = false
    try {
      if (isNew) await answered(ensureShards(db))
      const { held: now, released, missing } = await answered(balanceLeases(db, lease))
      held = now
      dueAt = startedAt + everyMs
      return released > 0 || (isNew && missing > 0)
    } catch (error) {
      expired = true
      throw error
    }
  }

  async function keepRenewing(until: AbortSignal): Promise<void> {
    for (;;) {
      await pause(everyMs, until)
      if (until.aborted) return
      await answered(renewLeases(db, lease)).catch((error) => {
        logger.debug({ err: error, relay: lease.relay }, 'outbox relay cannot renew its leases')
      })
    }
  }

  const dueInMs = () => (expired || dueAt === undefined ? 0 : dueAt - performance.now())
  return {
    held: () => held,
    dueInMs,
    balanceWhenDue: async () => (dueInMs() <= 0 ? balance() : false),
    expire() {
      expired = true
    },
    async during(work) {
      const done = new AbortController()
      const renewing = keepRenewing(done.signal)
      try {
        return await work
      } finally {
        done.abort()
        await renewing
      }
    },
    release: () => answered(releaseLeases(db, lease.relay)),
  }
}
