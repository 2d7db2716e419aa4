import type { Database } from '@crm/service-kit/database/database.ts'
import type postgres from 'postgres'
import { outboxShardCount } from './outbox-row.ts'

// Lock order everywhere: the relay's own row of outbox_relays first, then shards. Statements of one relay thus follow each other, and
// what belongs to other relays is only taken when nobody holds it (skip locked), so nobody waits in a circle.

export interface LeaseOptions {
  /** Name of the relay, unique among those alive. */
  relay: string
  leaseMs: number
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
export async function ensureShards(db: Database): Promise<void> {
  await db.sql`insert into outbox_shards (shard) select generate_series(0, ${outboxShardCount - 1}::int) on conflict do nothing`
}

/**
 * Says that the relay lives, renews its leases, gives back what exceeds its fair share among the relays alive and takes what is free
 * or expired. Call it while none of the relay's rows is on its way.
 */
export async function balanceLeases(db: Database, options: LeaseOptions): Promise<Balance> {
  return await db.transaction(async ({ sql }) => {
    await sayAlive(sql, options)
    const share = Math.ceil(outboxShardCount / ((await countOthers(sql, options.relay)) + 1))
    const { kept, released } = await keepShare(sql, options, share)
    const held = kept + (await takeFree(sql, options, share - kept))
    return { held, released, missing: Math.max(0, share - held) }
  })
}

/** Only renews: for a relay that is still busy sending. */
export async function renewLeases(db: Database, options: LeaseOptions): Promise<void> {
  await db.transaction(async ({ sql }) => {
    await sayAlive(sql, options)
    await sql`update outbox_shards set leased_until = now() + ${options.leaseMs}::int * interval '1 ms' where owner = ${options.relay}`
  })
}

/** Gives everything back, so that the others need not wait for the leases to expire. */
export async function releaseLeases(db: Database, relay: string): Promise<void> {
  await db.transaction(async ({ sql }) => {
    await sql`delete from outbox_relays where relay = ${relay}`
    await sql`update outbox_shards set owner = null, leased_until = null where owner = ${relay}`
  })
}

async function sayAlive(sql: postgres.ISql, { relay, leaseMs }: LeaseOptions): Promise<void> {
  await sql`
    insert into outbox_relays (relay, alive_until) values (${relay}, now() + ${leaseMs}::int * interval '1 ms')
    on conflict (relay) do update set alive_until = excluded.alive_until`
}

/** How many other relays are alive; forgets those that are not. */
async function countOthers(sql: postgres.ISql, relay: string): Promise<number> {
  const [others] = await sql<{ alive: number }[]>`
    with gone as (
      delete from outbox_relays
      where relay in (select relay from outbox_relays where alive_until < now() and relay <> ${relay} for update skip locked)
    )
    select count(*)::int as alive from outbox_relays where alive_until >= now() and relay <> ${relay}`
  return others?.alive ?? 0
}

async function keepShare(sql: postgres.ISql, { relay, leaseMs }: LeaseOptions, share: number): Promise<{ kept: number; released: number }> {
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
  return { kept, released: own.length - kept }
}

async function takeFree(sql: postgres.ISql, { relay, leaseMs }: LeaseOptions, wanted: number): Promise<number> {
  const taken = await sql`
    with free as (
      select shard from outbox_shards where owner is null or leased_until < now()
      order by shard limit ${Math.max(0, wanted)}::int for update skip locked
    )
    update outbox_shards s set owner = ${relay}, epoch = s.epoch + 1, leased_until = now() + ${leaseMs}::int * interval '1 ms'
    from free where s.shard = free.shard`
  return taken.count
}
