import { type Bus, GroupInUseError, type SubscribeOptions, type Subscription } from '../bus/bus.ts'
import { createOutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'

/** Subscribes a group for as long as a consumer runs. */
export interface Subscriber {
  /**
   * Makes the topics if need be and subscribes. When the bus cannot do so now it resolves all the same, logs once, and goes on trying
   * in the background. Rejects with GroupInUseError when the bus refuses the group.
   */
  start(): Promise<void>
  /** Finishes the deliveries in flight. Never rejects. */
  stop(): Promise<void>
}

const retryRange = { baseMs: 200, maxMs: 5_000 }
/** A bus that hangs must not hold up the start of the process; Fastify gives a hook 10 s. */
const startLimitMs = 5_000

export interface SubscriberOptions extends SubscribeOptions {
  /** Made together with the topics. */
  deadLetterTopics: readonly string[]
}

export function createSubscriber(bus: Bus, { deadLetterTopics, ...options }: SubscriberOptions): Subscriber {
  const { group, topics, logger } = options
  const stopping = new AbortController()
  const firstTried = Promise.withResolvers<void>()
  let startWaits = true
  let subscription: Subscription | undefined
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    const outage = createOutageLog(logger, { group })
    while (!stopping.signal.aborted) {
      try {
        await bus.createTopics([...topics, ...deadLetterTopics])
        subscription = await bus.subscribe(options)
        outage.over('consumer subscribed to its topics')
        return firstTried.resolve()
      } catch (error) {
        if (error instanceof GroupInUseError && startWaits) return firstTried.reject(error)
        outage.failed(error, 'consumer cannot subscribe to its topics; it retries until it can')
        firstTried.resolve()
        await pause(backoffDelay(outage.failures(), retryRange), stopping.signal)
      }
    }
  }

  return {
    async start() {
      running ??= run()
      const tried = new AbortController()
      try {
        await Promise.race([firstTried.promise, pause(startLimitMs, tried.signal)])
      } finally {
        startWaits = false
        tried.abort()
      }
    },
    async stop() {
      stopping.abort()
      await running
      await subscription?.stop()
    },
  }
}
