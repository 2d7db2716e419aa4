import { bigint, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { Suspicion } from './suspicion.ts'

/**
 * What each consumer group is at in each partition, so that a record which ends the process can be found by the next one. Written apart
 * from the effects before records are handled, and settled in the transaction of their effects.
 */
export const deliveries = pgTable(
  'deliveries',
  {
    groupName: text('group_name').notNull(),
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    /** The consumer that has the partition; another name for each start of a process. */
    consumer: text('consumer').notNull(),
    /** Of the records in flight; null when none are. */
    firstOffset: bigint('first_offset', { mode: 'number' }),
    lastOffset: bigint('last_offset', { mode: 'number' }),
    suspicion: json('suspicion').$type<Suspicion>(),
  },
  (table) => [primaryKey({ columns: [table.groupName, table.topic, table.partition] })],
)
