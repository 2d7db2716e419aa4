import { sql } from 'drizzle-orm'
import { bigint, index, integer, json, pgTable, smallint, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Events written in the transaction of their change and not yet, or lately, sent to the bus. Ids of one record ascend in commit order. */
export const outbox = pgTable(
  'outbox',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    eventId: uuid('event_id').notNull(),
    type: text('type').notNull(),
    source: text('source').notNull(),
    recordId: text('record_id').notNull(),
    sequence: bigint('sequence', { mode: 'number' }),
    payload: json('payload').notNull(),
    requestId: text('request_id'),
    traceparent: text('traceparent'),
    shard: smallint('shard').notNull(),
    occurredAt: timestamp('occurred_at', { withTimezone: true, precision: 3 }).notNull(),
    publishedAt: timestamp('published_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    index('outbox_unpublished').on(table.shard, table.id).where(sql`published_at is null`),
    index('outbox_published_at').on(table.publishedAt).where(sql`published_at is not null`),
    index('outbox_published_record').on(table.recordId).where(sql`published_at is not null`),
  ],
)

/** Which relay may send the rows of a shard, and until when. The epoch grows with each change of owner. The relays make the rows. */
export const outboxShards = pgTable('outbox_shards', {
  shard: smallint('shard').primaryKey(),
  owner: text('owner'),
  epoch: integer('epoch').notNull().default(0),
  leasedUntil: timestamp('leased_until', { withTimezone: true, precision: 3 }),
})

/** The relays that are alive, so that each knows its fair share of the shards. */
export const outboxRelays = pgTable('outbox_relays', {
  relay: text('relay').primaryKey(),
  aliveUntil: timestamp('alive_until', { withTimezone: true, precision: 3 }).notNull(),
})
