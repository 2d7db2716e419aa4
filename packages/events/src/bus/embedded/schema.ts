import { bigint, customType, json, pgTable, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3 }).notNull().defaultNow()

export const topics = pgTable('topics', {
  name: text('name').primaryKey(),
  createdAt: time('created_at'),
})

/** Where each partition goes on. Writers hold the row's lock until they commit, so offsets become visible in order and without gaps. */
export const partitions = pgTable(
  'partitions',
  {
    topic: text('topic')
      .notNull()
      .references(() => topics.name),
    partition: smallint('partition').notNull(),
    nextOffset: bigint('next_offset', { mode: 'number' }).notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.topic, table.partition] })],
)

export const records = pgTable(
  'records',
  {
    topic: text('topic').notNull(),
    partition: smallint('partition').notNull(),
    recordOffset: bigint('record_offset', { mode: 'number' }).notNull(),
    key: bytea('key'),
    value: bytea('value'),
    /** Values hold a byte per character (Latin-1), so that any bytes come back as they were and text can be read. */
    headers: json('headers').notNull(),
    storedAt: time('stored_at'),
  },
  (table) => [primaryKey({ columns: [table.topic, table.partition, table.recordOffset] })],
)

/** The offset each group goes on from; a group without a row begins with the earliest record. */
export const groupOffsets = pgTable(
  'group_offsets',
  {
    groupName: text('group_name').notNull(),
    topic: text('topic').notNull(),
    partition: smallint('partition').notNull(),
    nextOffset: bigint('next_offset', { mode: 'number' }).notNull(),
    committedAt: time('committed_at'),
  },
  (table) => [primaryKey({ columns: [table.groupName, table.topic, table.partition] })],
)
