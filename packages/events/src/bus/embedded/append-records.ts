import type { Database } from '@crm/service-kit/database/database.ts'
import postgres from 'postgres'
import { type BusMessage, partitionsPerTopic, UnknownTopicError } from '../bus.ts'
import { partitionOf } from '../partitioner.ts'
import { encodeHeaders } from './headers.ts'

export interface Placed extends BusMessage {
  partition: number
  /** How many messages of the same call go to the same partition before it. */
  position: number
}

/** Finds each message's partition and its place among those of the same call. */
export function placeMessages(messages: readonly BusMessage[]): Placed[] {
  const counts = new Map<string, number>()
  return messages.map((message) => {
    const partition = partitionOf(message.key, partitionsPerTopic)
    const place = `${message.topic}/${partition}`
    const position = counts.get(place) ?? 0
    counts.set(place, position + 1)
    return { ...message, partition, position }
  })
}

const notNullViolation = '23502'

/**
 * Stores messages at the end of their partitions, all or none, in one statement. The rows of the partitions are locked in a fixed
 * order until the commit: concurrent callers cannot deadlock, and no reader sees an offset before those below it.
 */
export async function appendRecords(db: Database, placed: readonly Placed[]): Promise<void> {
  try {
    await db.sql`
      with message as (
        select * from unnest(
          ${placed.map((message) => message.topic)}::text[],
          ${placed.map((message) => message.partition)}::smallint[],
          ${placed.map((message) => message.position)}::int[],
          ${placed.map((message) => base64(message.key))}::text[],
          ${placed.map((message) => base64(message.value))}::text[],
          ${placed.map((message) => encodeHeaders(message.headers))}::text[]
        ) as m (topic, partition, position, key, value, headers)
      ), added as (
        select topic, partition, count(*) as records from message group by topic, partition
      ), locked as materialized (
        select topic, partition, next_offset from partitions
        where (topic, partition) in (select topic, partition from added)
        order by topic, partition
        for update
      ), advanced as (
        update partitions p set next_offset = locked.next_offset + added.records
        from locked join added using (topic, partition)
        where p.topic = locked.topic and p.partition = locked.partition
        returning p.topic, p.partition, locked.next_offset as first_offset
      )
      insert into records (topic, partition, record_offset, key, value, headers)
      select m.topic, m.partition, a.first_offset + m.position,
        decode(m.key, 'base64'), decode(m.value, 'base64'), m.headers::json
      from message m left join advanced a using (topic, partition)`
  } catch (error) {
    // A topic without partitions leaves the offset null.
    if (!(error instanceof postgres.PostgresError && error.code === notNullViolation)) throw error
    const names = [...new Set(placed.map((message) => message.topic))].join(', ')
    throw new UnknownTopicError(`nothing was published: one of these topics does not exist: ${names}`, { cause: error })
  }
}

// The client takes an array of buffers for one buffer.
function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64')
}

/** Makes topics with all their partitions; leaves those that exist alone. */
export async function createTopics(db: Database, names: readonly string[]): Promise<void> {
  await db.sql`
    with created as (
      insert into topics (name) select distinct unnest(${names}::text[]) order by 1 on conflict do nothing returning name
    )
    insert into partitions (topic, partition)
    select name, n from created cross join generate_series(0, ${partitionsPerTopic - 1}::int) as n`
}

/** Which of the topics do not exist. */
export async function missingTopics(db: Database, names: readonly string[]): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select name from unnest(${names}::text[]) as name where name not in (select name from topics)`
  return rows.map((row) => row.name)
}

/** Names of all topics, in the order of their characters' codes. */
export async function listTopics(db: Database): Promise<string[]> {
  const rows = await db.sql<{ name: string }[]>`select name from topics order by name collate "C"`
  return rows.map((row) => row.name)
}
