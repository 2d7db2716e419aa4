import { bigint, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Events whose effects a consumer group has committed; written in the transaction of those effects, so each event has them once. */
export const inbox = pgTable(
  'inbox',
  {
    groupName: text('group_name').notNull(),
    eventId: uuid('event_id').notNull(),
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    recordOffset: bigint('record_offset', { mode: 'number' }).notNull(),
    processedAt: timestamp('processed_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.groupName, table.eventId] }), index('inbox_processed_at').on(table.processedAt)],
)
