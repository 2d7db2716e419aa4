import type { Admin } from 'kafkajs'
import { missingTopics } from './topics.ts'

/** How many records of each topic a group has not done yet; see Bus. Markers of transactions count as records. */
export async function groupLag(admin: Admin, group: string, topics: readonly string[]): Promise<Map<string, number>> {
  const missing = new Set(await missingTopics(admin, topics))
  const known = [...new Set(topics)].filter((topic) => !missing.has(topic))
  if (known.length === 0) return new Map()
  const [committed, ...ranges] = await Promise.all([
    admin.fetchOffsets({ groupId: group, topics: known }),
    ...known.map((topic) => admin.fetchTopicOffsets(topic)),
  ])
  return new Map(
    known.map((topic, n) => {
      const own = committed.find((one) => one.topic === topic)?.partitions ?? []
      const next = new Map(own.map(({ partition, offset }) => [partition, Number(offset)]))
      return [topic, sum((ranges[n] ?? []).map((range) => undone(range, next.get(range.partition))))]
    }),
  )
}

/** Without a commit, which is -1 to the brokers, all that is kept. Offsets are asked for at once with the ends: they may be ahead of them. */
function undone({ low, high }: { low: string; high: string }, next = -1): number {
  return Math.max(0, Number(high) - Math.max(next, Number(low)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
