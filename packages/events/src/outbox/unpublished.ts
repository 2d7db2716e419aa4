import type { Database } from '@crm/service-kit/database/database.ts'
import { type OutboxRow, outboxShardCount } from './outbox-row.ts'

export interface UnpublishedRow extends OutboxRow {
  id: string
  /** Of the shard's lease when the row was read. */
  epoch: number
}

export interface ReadLimits {
  total: number
  perShard: number
  /** Topics whose rows are left out; none by default. */
  without?: readonly string[]
}

/** Unpublished rows of the shards the relay holds a running lease on, oldest first. */
export async function readUnpublished(db: Database, relay: string, limits: ReadLimits): Promise<UnpublishedRow[]> {
  return await db.sql<UnpublishedRow[]>`
    select o.id, o.event_id as "eventId", o.type, o.source, o.record_id as "recordId", o.sequence::float8 as sequence,
      o.payload::text as payload, o.request_id as "requestId", o.traceparent, o.shard, o.occurred_at as "occurredAt", s.epoch
    from outbox_shards s
    cross join lateral (
      select * from outbox u
      where u.shard = s.shard and u.published_at is null and u.type <> all(${limits.without ?? []}::text[])
      order by u.id limit ${limits.perShard}
    ) o
    where s.owner = ${relay} and s.leased_until > now()
    order by o.id
    limit ${limits.total}`
}

/** Marks rows as published whose shard the relay still owns in the epoch they were read in; returns how many. The others' new owner sends them again. */
export async function markPublished(db: Database, relay: string, rows: readonly UnpublishedRow[]): Promise<number> {
  const marked = await db.sql`
    update outbox o
    set published_at = now()
    from unnest(${rows.map((row) => row.id)}::bigint[], ${rows.map((row) => row.epoch)}::int[]) as sent (id, epoch), outbox_shards s
    where o.id = sent.id and s.shard = o.shard and s.owner = ${relay} and s.epoch = sent.epoch`
  return marked.count
}

/** A count beyond this says no more, and would take longer the more there is. */
const mostCounted = 100_000

/** Events written and not yet sent, up to 100,000. */
export async function countUnpublished(db: Database): Promise<number> {
  const [row] = await db.sql<{ unpublished: number }[]>`
    select count(*)::int as unpublished from (select from outbox where published_at is null limit ${mostCounted}) waiting`
  return row?.unpublished ?? 0
}

/** Seconds since the oldest of each shard's first unpublished events occurred; 0 when there is none. Looks up one row a shard. */
export async function oldestUnpublishedSeconds(db: Database): Promise<number> {
  const [row] = await db.sql<{ seconds: number | null }[]>`
    select extract(epoch from now() - min(first.occurred_at))::float8 as seconds
    from generate_series(0, ${outboxShardCount - 1}::int) as n cross join lateral (
      select occurred_at from outbox where shard = n::smallint and published_at is null order by id limit 1
    ) first`
  return Math.max(0, row?.seconds ?? 0)
}
