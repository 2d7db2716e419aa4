import { sql } from 'drizzle-orm'
import { bigint, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** The events that the ledger has handled, in the order in which it handled them. */
export const entries = pgTable('entries', {
  position: bigint('position', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  eventId: uuid('event_id').notNull(),
  recordId: text('record_id').notNull(),
  type: text('type').notNull(),
  sequence: integer('sequence'),
  partition: integer('partition').notNull(),
  recordOffset: bigint('record_offset', { mode: 'number' }).notNull(),
  at: timestamp('at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
})
