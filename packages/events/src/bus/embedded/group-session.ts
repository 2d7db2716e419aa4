import type { Database } from '@crm/service-kit/database/database.ts'
import type postgres from 'postgres'
import { dedicatedConnection } from '../../database/dedicated-connection.ts'
import { type PartitionPosition, type ReadRecords, readRecords } from './read-records.ts'

export interface GroupPosition extends PartitionPosition {
  /** Whether the group committed that offset; otherwise it is to begin with the earliest record. */
  isCommitted: boolean
}

/**
 * A connection that holds a group's lock, and through which alone the group's records are read and its offsets committed: when the
 * connection is lost, the lock is, and every call rejects from then on.
 */
export interface GroupSession {
  /** Where the group goes on in every partition of the topics. */
  positions(topics: readonly string[]): Promise<GroupPosition[]>
  /** The next records of the partitions; see readRecords. */
  read(from: readonly PartitionPosition[], perPartition: number): Promise<ReadRecords>
  commit(position: PartitionPosition): Promise<void>
  /** Gives the lock back. Never rejects. */
  close(): Promise<void>
}

/** Someone else consumes for the group, and the bus lets only one do so. */
export class GroupInUseError extends Error {
  override readonly name = 'GroupInUseError'
}

/** Takes the group's lock on a connection of its own. Rejects with GroupInUseError when someone else holds it. */
export async function openGroupSession(db: Database, group: string): Promise<GroupSession> {
  let lost = false
  const sql = dedicatedConnection(db, {
    onclose: () => {
      lost = true
    },
  })
  try {
    const [row] = await sql<{ pid: number; locked: boolean }[]>`
      select pg_backend_pid() as pid, pg_try_advisory_lock(hashtextextended(${`bus group ${group}`}, 0)) as locked`
    if (!row?.locked) throw new GroupInUseError(`consumer group ${group} is in use by another consumer; the embedded bus allows one`)
    return sessionOn({ sql, pid: row.pid, group, isLost: () => lost })
  } catch (error) {
    await sql.end({ timeout: 1 })
    throw error
  }
}

interface Held {
  sql: postgres.Sql
  /** Backend that took the lock: the client may silently have connected anew. */
  pid: number
  group: string
  isLost(): boolean
}

function sessionOn({ sql, pid, group, isLost }: Held): GroupSession {
  async function guarded<T>(query: () => Promise<T>): Promise<T> {
    if (isLost()) throw lockLost(group)
    const result = await query()
    if (isLost()) throw lockLost(group)
    return result
  }
  return {
    positions: (topics) => guarded(() => readPositions(sql, group, topics)),
    read: (from, perPartition) => guarded(() => readRecords(sql, from, perPartition)),
    commit: (position) =>
      guarded(async () => {
        const written = await sql`
          insert into group_offsets (group_name, topic, partition, next_offset)
          select ${group}::text, ${position.topic}::text, ${position.partition}::smallint, ${position.next}::bigint
          where pg_backend_pid() = ${pid}
          on conflict (group_name, topic, partition) do update set next_offset = excluded.next_offset, committed_at = now()`
        if (written.count === 0) throw lockLost(group)
      }),
    close: async () => {
      await sql.end({ timeout: 5 }).catch(() => {})
    },
  }
}

function lockLost(group: string): Error {
  return new Error(`the connection that holds the lock of consumer group ${group} was lost`)
}

async function readPositions(sql: postgres.Sql, group: string, topics: readonly string[]): Promise<GroupPosition[]> {
  return await sql<GroupPosition[]>`
    select p.topic, p.partition, coalesce(o.next_offset, 0)::float8 as next, o.next_offset is not null as "isCommitted"
    from partitions p
    left join group_offsets o on o.group_name = ${group} and o.topic = p.topic and o.partition = p.partition
    where p.topic = any(${topics}::text[])
    order by p.topic, p.partition`
}
