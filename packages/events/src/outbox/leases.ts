import type { Database } from '@crm/service-kit/database/database.ts'

export interface LeaseOptions {
  /** Name of the relay, unique among those alive. */
  relay: string
  leaseMs: number
  shards: number
}

/** Makes the rows of the shards that are not there yet. */
export async function ensureShards(db: Database, shards: number): Promise<void> {
  await db.sql`insert into outbox_shards (shard) select generate_series(0, ${shards - 1}::int) on conflict do nothing`
}

/**
 * Says that the relay lives, renews its leases, gives back what exceeds its fair share among the relays alive and takes what is free
 * or expired. Call it while none of the relay's rows is on its way. Returns how many shards it holds.
 */
export async function balanceLeases(db: Database, options: LeaseOptions): Promise<number> {
  const { relay, leaseMs, shards } = options
  return await db.transaction(async ({ sql }) => {
    const [others] = await sql<{ alive: number }[]>`
      with alive as (
        insert into outbox_relays (relay, alive_until) values (${relay}, now() + ${leaseMs}::int * interval '1 ms')
        on conflict (relay) do update set alive_until = excluded.alive_until
      ), gone as (
        delete from outbox_relays
        where relay in (select relay from outbox_relays where alive_until < now() and relay <> ${relay} for update skip locked)
      )
      select count(*)::int as alive from outbox_relays where alive_until >= now() and relay <> ${relay}`
    const share = Math.ceil(shards / ((others?.alive ?? 0) + 1))
    const kept = await sql`
      with own as (
        select shard, row_number() over (order by shard) <= ${share}::int as keep from outbox_shards where owner = ${relay}
      ), released as (
        update outbox_shards s set owner = null, leased_until = null
        from own where s.shard = own.shard and s.owner = ${relay} and not own.keep
      )
      update outbox_shards s set leased_until = now() + ${leaseMs}::int * interval '1 ms'
      from own where s.shard = own.shard and s.owner = ${relay} and own.keep`
    const taken = await sql`
      with free as (
        select shard from outbox_shards where (owner is null or leased_until < now()) and shard < ${shards}::int
        order by shard limit ${Math.max(0, share - kept.count)}::int for update skip locked
      )
      update outbox_shards s set owner = ${relay}, epoch = s.epoch + 1, leased_until = now() + ${leaseMs}::int * interval '1 ms'
      from free where s.shard = free.shard`
    return kept.count + taken.count
  })
}

/** Only renews: for a relay that is still busy sending. */
export async function renewLeases(db: Database, { relay, leaseMs }: LeaseOptions): Promise<void> {
  await db.sql`
    with alive as (
      update outbox_relays set alive_until = now() + ${leaseMs}::int * interval '1 ms' where relay = ${relay}
    )
    update outbox_shards set leased_until = now() + ${leaseMs}::int * interval '1 ms' where owner = ${relay}`
}

/** Gives everything back, so that the others need not wait for the leases to expire. */
export async function releaseLeases(db: Database, relay: string): Promise<void> {
  await db.sql`
    with gone as (delete from outbox_relays where relay = ${relay})
    update outbox_shards set owner = null, leased_until = null where owner = ${relay}`
}
