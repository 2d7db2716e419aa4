import type { BusRecord, Delivered, SubscribeOptions } from '../bus.ts'
import { logLostRecords } from '../lost-records.ts'
import type { GroupPosition, GroupSession } from './group-session.ts'

export interface AssignmentOptions extends Pick<SubscribeOptions, 'group' | 'deliver' | 'logger'> {
  session: GroupSession
  positions: readonly GroupPosition[]
  /** Records of one partition read at once at most. */
  batchSize: number
  /** Called when there is a reason to advance. */
  wake(): void
}

/** A group's partitions for as long as one session holds. */
export interface Assignment {
  /** Reads the partitions that may have more and are free, all in one query, and begins to deliver. Rejects when the session is lost. */
  advance(): Promise<void>
  /** Says that a partition has new records. */
  recordsAdded(topic: string, partition: number): void
  /** Says that any partition may have new records. */
  expectMore(): void
  /** Waits for the deliveries in flight, which still commit, and closes the session. */
  finish(): Promise<void>
  /** Aborts the deliveries in flight, waits until they noticed, and closes the session; nothing is committed. */
  abandon(): Promise<void>
}

interface Partition extends GroupPosition {
  /** Being delivered, or resting after a delivery that asked for a pause. */
  held: boolean
  mayHaveMore: boolean
  rest?: NodeJS.Timeout
}

const pauseAfterRejectionMs = 1_000

export function createAssignment(options: AssignmentOptions): Assignment {
  const { session, group, logger, batchSize, wake } = options
  const partitions = options.positions.map((position): Partition => ({ ...position, held: false, mayHaveMore: true }))
  const abandoned = new AbortController()
  const inFlight = new Set<Promise<void>>()
  let broken: { error: unknown } | undefined

  async function advance(): Promise<void> {
    if (broken) throw broken.error
    const due = partitions.filter((partition) => partition.mayHaveMore && !partition.held)
    if (due.length === 0) return
    for (const partition of due) partition.mayHaveMore = false
    const { records, isCut } = await session.read(due, batchSize)
    const byPlace = Map.groupBy(records, placeOf)
    for (const partition of due) {
      const own = byPlace.get(placeOf(partition))
      partition.mayHaveMore ||= isCut || own?.length === batchSize
      if (own) begin(partition, own)
      else if (isCut) wake()
    }
  }

  function begin(partition: Partition, records: BusRecord[]): void {
    beginAt(partition, { first: records[0]?.offset ?? partition.next, group, logger })
    const delivery = deliver(partition, records).finally(() => inFlight.delete(delivery))
    inFlight.add(delivery)
  }

  async function deliver(partition: Partition, records: BusRecord[]): Promise<void> {
    const { topic, partition: number } = partition
    const { next, pauseMs } = await call(partition, records)
    if (abandoned.signal.aborted) return
    try {
      if (next !== partition.next) await session.commit({ topic, partition: number, next })
    } catch (error) {
      broken = { error }
      wake()
      return
    }
    partition.next = next
    partition.mayHaveMore ||= next <= (records.at(-1)?.offset ?? 0)
    if (pauseMs > 0) partition.rest = setTimeout(() => free(partition), pauseMs)
    else free(partition)
  }

  async function call(partition: Partition, records: BusRecord[]): Promise<Delivered> {
    const { topic, partition: number, next } = partition
    try {
      return await options.deliver({ topic, partition: number, records, signal: abandoned.signal })
    } catch (error) {
      logger.error({ err: error, group, topic, partition: number, offset: next }, 'a delivery rejected; it is repeated')
      return { next, pauseMs: pauseAfterRejectionMs }
    }
  }

  function free(partition: Partition): void {
    partition.held = false
    if (partition.mayHaveMore) wake()
  }

  async function end(): Promise<void> {
    await Promise.all(inFlight)
    for (const partition of partitions) clearTimeout(partition.rest)
    await session.close()
  }

  return {
    advance,
    recordsAdded(topic, number) {
      const found = partitions.find((partition) => partition.topic === topic && partition.partition === number)
      if (!found) return
      found.mayHaveMore = true
      if (!found.held) wake()
    },
    expectMore() {
      for (const partition of partitions) partition.mayHaveMore = true
    },
    finish: end,
    async abandon() {
      abandoned.abort()
      await end()
    },
  }
}

/** No gap comes between records, so those before the first are pruned. */
function beginAt(at: Partition, { first, group, logger }: Pick<AssignmentOptions, 'group' | 'logger'> & { first: number }): void {
  const { topic, partition, next: expected } = at
  if (at.isCommitted && first > expected) logLostRecords(logger, { group, topic, partition, expected, first })
  at.held = true
  at.next = first
  // A new group may begin anywhere; whatever it was given once is its own.
  at.isCommitted = true
}

function placeOf(at: { topic: string; partition: number }): string {
  return `${at.topic}/${at.partition}`
}
