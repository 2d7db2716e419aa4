import type { Database } from '@crm/service-kit/database/database.ts'

export interface LeaseOptions {
  /** Name of the relay, unique among those alive. */
  relay: string
  leaseMs: number
  shards: number
}

export interface Balance {
  /** Shards held now. */
  held: number
  /** Shards given back, which nobody holds now. */
  released: number
  /** Shards that are still missing to the fair share: others hold them. */
  missing: number
}

/** Makes the rows of the shards that are not there yet. */
export async function ensureShards(db: Database, shards: number): Promise<void> {
  await db.sql`insert into outbox_shards (shard) select generate_series(0, ${shards - 1}::int) on conflict do nothing`
}

/**
 * Says that the relay lives, renews its leases, gives back what exceeds its fair share among the relays alive and takes what is free
 * or expired. Call it while none of the relay's rows is on its way.
 */
export async function balanceLeases(db: Database, options: LeaseOptions): Promise<Balance> {
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
    const own = await sql<{ keep: boolean }[]>`
      with own as (
        select shard, row_number() over (order by shard) <= ${share}::int as keep from outbox_shards where owner = ${relay}
      )
      update outbox_shards s
      set owner = case when own.keep then s.owner end,
        leased_until = case when own.keep then now() + ${leaseMs}::int * interval '1 ms' end
      from own where s.shard = own.shard and s.owner = ${relay}
      returning own.keep`
    const kept = own.filter(({ keep }) => keep).length
    const taken = await sql`
      with free as (
        select shard from outbox_shards where (owner is null or leased_until < now()) and shard < ${shards}::int
        order by shard limit ${Math.max(0, share - kept)}::int for update skip locked
      )
      update outbox_shards s set owner = ${relay}, epoch = s.epoch + 1, leased_until = now() + ${leaseMs}::int * interval '1 ms'
      from free where s.shard = free.shard`
    const held = kept + taken.count
    return { held, released: own.length - kept, missing: Math.max(0, Math.min(share, shards) - held) }
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
