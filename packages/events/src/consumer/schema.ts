import { bigint, integer, json, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

/**
 * Where each consumer group is in each partition, so that a record which crashes the process can be found by the next one. Which
 * records are in flight is written before they are handled, apart from their effects, and cleared in the transaction of these.
 */
export const consumerPartitions = pgTable(
  'consumer_partitions',
  {
    groupName: text('group_name').notNull(),
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    /** The consumer that has the partition; another name for each start of a process. */
    owner: text('owner').notNull(),
    /** Offsets of the first and last record in flight; null when none are. */
    inFlightFirst: bigint('in_flight_first', { mode: 'number' }),
    inFlightLast: bigint('in_flight_last', { mode: 'number' }),
    /** See RetryState; null when nothing failed. */
    retryState: json('retry_state'),
  },
  (table) => [primaryKey({ columns: [table.groupName, table.topic, table.partition] })],
)
