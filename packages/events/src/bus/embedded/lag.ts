import type { Database } from '@crm/service-kit/database/database.ts'

/** How many records of each topic a group has not done yet; see Bus. Looks up one record a partition: no gap comes after it. */
export async function groupLag(db: Database, group: string, topics: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.sql<{ topic: string; lag: number }[]>`
    select p.topic, sum(p.next_offset - coalesce(undone.record_offset, p.next_offset))::float8 as lag
    from partitions p
    left join group_offsets o on o.group_name = ${group} and o.topic = p.topic and o.partition = p.partition
    left join lateral (
      select record_offset from records r
      where r.topic = p.topic and r.partition = p.partition and r.record_offset >= coalesce(o.next_offset, 0)
      order by r.record_offset
      limit 1
    ) undone on true
    where p.topic = any(${topics}::text[])
    group by p.topic`
  return new Map(rows.map(({ topic, lag }) => [topic, lag]))
}
