import type { EventLogger } from '../logging/event-logger.ts'
import { createOutageLog, type OutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'

/** Keeps a topic that refuses events (it is gone, has no leader, may not be written to) from holding up the others. */
export interface RefusedTopics<Row> {
  /** Topics to leave alone for now. */
  resting(): string[]
  /** Milliseconds until one of those is to be tried again; Infinity when none rests. */
  dueInMs(): number
  /**
   * Publishes rows in their order: those of topics that did not refuse lately in one call, the others topic by topic. Where a call of
   * several topics fails, each is tried alone. Resolves when each topic was published or rests; rejects when the bus is out of reach.
   */
  publish(rows: readonly Row[]): Promise<void>
}

export interface RefusedTopicsOptions<Row> {
  /** Rejects when any of the rows may not be stored. */
  send(rows: readonly Row[]): Promise<void>
  /** Called with rows that were sent, before any others are. Rejects through `publish`. */
  onSent(rows: readonly Row[]): Promise<void>
  /** Rejects when the bus as a whole cannot be reached: then no topic is to blame. */
  ping(): Promise<void>
  logger: EventLogger
  bindings: Record<string, unknown>
}

const retryRange = { baseMs: 100, maxMs: 5_000 }

interface Refusal {
  until: number
  outage: OutageLog
}

export function createRefusedTopics<Row extends { type: string }>(options: RefusedTopicsOptions<Row>): RefusedTopics<Row> {
  const refusals = new Map<string, Refusal>()

  /** Why a topic of the rows refused, if one did. */
  async function trySending(rows: readonly Row[]): Promise<{ error: unknown } | undefined> {
    try {
      await options.send(rows)
      return undefined
    } catch (error) {
      await options.ping().catch(() => {
        throw error
      })
      return { error }
    }
  }

  async function publishTogether(rows: readonly Row[]): Promise<void> {
    const topics = new Set(rows.map(({ type }) => type))
    const refused = await trySending(rows)
    if (!refused) await options.onSent(rows)
    else if (topics.size > 1) await publishByTopic(rows)
    else for (const topic of topics) rest(topic, refused.error)
  }

  async function publishByTopic(rows: readonly Row[]): Promise<void> {
    for (const [topic, own] of Map.groupBy(rows, ({ type }) => type)) {
      const refused = await trySending(own)
      if (refused) {
        rest(topic, refused.error)
        continue
      }
      refusals.get(topic)?.outage.over('outbox relay publishes to the topic again')
      refusals.delete(topic)
      await options.onSent(own)
    }
  }

  function rest(topic: string, error: unknown): void {
    const outage = refusals.get(topic)?.outage ?? createOutageLog(options.logger, { ...options.bindings, topic })
    outage.failed(error, 'outbox relay cannot publish to the topic; its events wait until it can, those of other topics go on')
    refusals.set(topic, { until: performance.now() + backoffDelay(outage.failures(), retryRange), outage })
  }

  const restingNow = () => [...refusals].filter(([, { until }]) => until > performance.now())
  return {
    resting: () => restingNow().map(([topic]) => topic),
    dueInMs: () => Math.min(...restingNow().map(([, { until }]) => until - performance.now())),
    async publish(rows) {
      const trusted = rows.filter(({ type }) => !refusals.has(type))
      const suspect = rows.filter(({ type }) => refusals.has(type))
      if (trusted.length > 0) await publishTogether(trusted)
      await publishByTopic(suspect)
    },
  }
}
