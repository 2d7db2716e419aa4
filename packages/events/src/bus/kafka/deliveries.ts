import { backoffDelay } from '../../timing/backoff.ts'
import { pause } from '../../timing/pause.ts'
import { within } from '../../timing/within.ts'
import type { BusRecord, Delivered, SubscribeOptions } from '../bus.ts'
import { KafkaUnavailableError } from './outage.ts'
import { timeLimits } from './time-limits.ts'

/** How a delivery reaches the partition that its records came from. */
export interface PartitionLink {
  /** Rejects when the group or the broker refuses. */
  commit(next: number): Promise<void>
  /** Fetch on from there. */
  seek(next: number): void
  /** Fetch again: the partition is paused while it is delivered. */
  resume(): void
}

/** The deliveries of one subscription: one at a time for each partition, whichever session they began in. */
export interface Deliveries {
  /** Delivers fetched records of one partition, none of them empty, in batches; resolves when all is settled. Never rejects. */
  begin(records: readonly BusRecord[], link: PartitionLink): Promise<void>
  /** Aborts what is in flight for partitions other than these; nothing of it is committed. */
  keepOnly(assigned: Record<string, readonly number[]>): void
  /** Aborts all that is in flight. */
  abandon(): void
  /** Begins nothing more and resolves when nothing is in flight. */
  finish(): Promise<void>
}

export interface DeliveriesOptions extends Pick<SubscribeOptions, 'group' | 'deliver' | 'logger'> {
  /** Records delivered at once at most. */
  batchSize: number
  /** Called after each delivery that moved the offset on. */
  onProgress(): void
}

interface InFlight {
  topic: string
  partition: number
  abort: AbortController
  done: Promise<void>
}

const pauseAfterRejectionMs = 1_000
const commitRetry = { baseMs: 100, maxMs: 2_000 }
/** Tries of a commit when nothing more is to be begun. */
const lastTries = 5

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { group, logger, batchSize } = options
  const inFlight = new Map<string, InFlight>()
  let finishing = false

  async function deliverAll(records: readonly BusRecord[], link: PartitionLink, signal: AbortSignal): Promise<void> {
    let pauseMs = 0
    for (let at = 0; at < records.length && pauseMs === 0 && !finishing && !signal.aborted; ) {
      const batch = records.slice(at, at + batchSize)
      const delivered = await deliver(batch, signal)
      if (signal.aborted) break
      const first = batch[0]?.offset ?? 0
      if (delivered.next > first) {
        await commitOffset(delivered.next, batch, link, signal)
        if (signal.aborted) break
        options.onProgress()
      }
      pauseMs = delivered.pauseMs
      link.seek(delivered.next)
      const finished = delivered.next === (batch.at(-1)?.offset ?? 0) + 1
      at = finished ? at + batch.length : records.length
    }
    // A partition that was lost is resumed too: it may come back.
    if (finishing && !signal.aborted) return
    // A process that has stopped need not wait for the end of a rest.
    if (pauseMs > 0) setTimeout(() => link.resume(), pauseMs).unref()
    else link.resume()
  }

  async function deliver(records: BusRecord[], signal: AbortSignal): Promise<Delivered> {
    const { topic = '', partition = 0, offset = 0 } = records[0] ?? {}
    try {
      return await options.deliver({ topic, partition, records, signal })
    } catch (error) {
      logger.error({ err: error, group, topic, partition, offset }, 'a delivery rejected; it is repeated')
      return { next: offset, pauseMs: pauseAfterRejectionMs }
    }
  }

  /**
   * Tries until it works, so that nothing behind these records begins before; never rejects. Gives up when the partition is lost, or
   * soon when nothing more is to be begun: whoever has the partition next repeats the records.
   */
  async function commitOffset(next: number, [first]: BusRecord[], link: PartitionLink, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await within(link.commit(next), timeLimits.commitMs, () => new KafkaUnavailableError('a commit was not answered in time'))
      } catch (error) {
        if (signal.aborted) return
        const place = { group, topic: first?.topic, partition: first?.partition, next }
        if (attempt === lastTries) logger.warn({ err: error, ...place }, 'an offset cannot be committed; its partition waits until it can')
        if (finishing && (attempt >= lastTries || error instanceof KafkaUnavailableError)) return
        await pause(backoffDelay(attempt, commitRetry), signal)
      }
    }
  }

  return {
    async begin(records, link) {
      const [first] = records
      if (first === undefined || finishing) return
      const { topic, partition } = first
      const place = `${topic}/${partition}`
      const before = inFlight.get(place)
      const abort = new AbortController()
      const done = Promise.resolve(before?.done).then(() => deliverAll(records, link, abort.signal))
      const delivery = { topic, partition, abort, done }
      inFlight.set(place, delivery)
      await done.finally(() => {
        if (inFlight.get(place) === delivery) inFlight.delete(place)
      })
    },
    keepOnly(assigned) {
      for (const { topic, partition, abort } of inFlight.values()) if (!assigned[topic]?.includes(partition)) abort.abort()
    },
    abandon() {
      for (const { abort } of inFlight.values()) abort.abort()
    },
    async finish() {
      finishing = true
      await Promise.allSettled([...inFlight.values()].map(({ done }) => done))
    },
  }
}
