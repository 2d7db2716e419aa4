import type { BusRecord } from '../bus.ts'

/** Offsets of a partition's earliest record and of the one after its last, as kafkajs gives them. */
export interface PartitionRange {
  partition: number
  low: string
  high: string
}

/** What is left to read of a topic, as it was when the reading began. Offsets that hold no record, such as transaction markers, count too. */
export interface Remainder {
  isEmpty(): boolean
  has(partition: number): boolean
  /** Where to go on in each partition that is not finished. */
  positions(): { partition: number; next: number }[]
  /** Of records of one partition those that are left to read. */
  due(records: readonly BusRecord[]): BusRecord[]
  /** Says that a partition has been read up to an offset, and that one too. */
  readThrough(partition: number, offset: number): void
}

export function createRemainder(ranges: readonly PartitionRange[]): Remainder {
  const left = new Map<number, { next: number; end: number }>()
  for (const { partition, low, high } of ranges) {
    if (Number(low) < Number(high)) left.set(partition, { next: Number(low), end: Number(high) })
  }
  return {
    isEmpty: () => left.size === 0,
    has: (partition) => left.has(partition),
    positions: () => [...left].map(([partition, { next }]) => ({ partition, next })),
    due: (records) =>
      records.filter(({ partition, offset }) => {
        const range = left.get(partition)
        return range !== undefined && offset >= range.next && offset < range.end
      }),
    readThrough(partition, offset) {
      const range = left.get(partition)
      if (range === undefined) return
      range.next = Math.max(range.next, offset + 1)
      if (range.next >= range.end) left.delete(partition)
    },
  }
}
