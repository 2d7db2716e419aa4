import type { Admin } from 'kafkajs'
import type { LostRecords } from '../lost-records.ts'

/** Where a group has committed an offset whose record is deleted already. Topics exist. */
export async function findLostRecords(admin: Admin, group: string, topics: readonly string[]): Promise<LostRecords[]> {
  const [committed, ...ranges] = await Promise.all([
    admin.fetchOffsets({ groupId: group, topics: [...topics] }),
    ...topics.map((topic) => admin.fetchTopicOffsets(topic)),
  ])
  return topics.flatMap((topic, n) => {
    const own = committed.find((one) => one.topic === topic)?.partitions ?? []
    const next = new Map(own.map(({ partition, offset }) => [partition, Number(offset)]))
    return (ranges[n] ?? [])
      .map(({ partition, low }) => ({ group, topic, partition, expected: next.get(partition) ?? -1, first: Number(low) }))
      .filter(({ expected, first }) => expected >= 0 && expected < first)
  })
}
