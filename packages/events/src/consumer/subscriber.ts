import { databaseOutage } from '@crm/service-kit/errors/database-outage.ts'
import { CannotGoOnError } from '@crm/service-kit/shutdown/process-failure.ts'
import { type Bus, type SubscribeOptions, type Subscription, UnknownTopicError } from '../bus/bus.ts'
import { endProcess } from '../bus/end-process.ts'
import { createOutageLog } from '../logging/outage-log.ts'
import { backoffDelay } from '../timing/backoff.ts'
import { pause } from '../timing/pause.ts'
import { settledWithin } from '../timing/within.ts'
import { classify } from './failure.ts'

/** Subscribes a group for as long as a consumer runs. */
export interface Subscriber {
  /**
   * Makes the topics if need be and subscribes. When the bus cannot do so now it resolves all the same, logs once, and goes on trying
   * in the background; when it never can, by a refusal for good or a defect, it logs that and calls `onLost`, as after a loss later on.
   * Never rejects.
   */
  start(): Promise<void>
  /** Finishes the deliveries in flight; a bus that hangs while the group subscribes is not waited for longer than 5 s. Never rejects. */
  stop(): Promise<void>
}

const retryRange = { baseMs: 200, maxMs: 5_000 }
/** A bus that hangs must not hold up the start of the process; Fastify gives a hook 10 s. */
const startLimitMs = 5_000
const stopLimitMs = 5_000
/** As often as a subscription of Kafka's joins anew. */
const mostRefusals = 3

export interface SubscriberOptions extends SubscribeOptions {
  /** Made together with the topics. */
  deadLetterTopics: readonly string[]
}

export function createSubscriber(bus: Bus, { deadLetterTopics, ...options }: SubscriberOptions): Subscriber {
  const { group, topics, logger, onLost = endProcess } = options
  const stopping = new AbortController()
  const firstTried = Promise.withResolvers<void>()
  let subscription: Subscription | undefined
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    const outage = createOutageLog(logger, { group })
    let refusals = 0
    while (!stopping.signal.aborted) {
      try {
        await bus.createTopics([...topics, ...deadLetterTopics])
        subscription = await bus.subscribe(options)
        if (stopping.signal.aborted) return await subscription.stop()
        outage.over('consumer subscribed to its topics')
        return firstTried.resolve()
      } catch (error) {
        if (stopping.signal.aborted) return
        refusals = mayPass(error) ? 0 : refusals + 1
        if (refusals === mostRefusals) return giveUp(error)
        outage.failed(error, 'consumer cannot subscribe to its topics; it retries until it can')
        firstTried.resolve()
        await pause(backoffDelay(outage.failures(), retryRange), stopping.signal)
      }
    }
  }

  function giveUp(cause: unknown): void {
    logger.error({ err: cause, group }, 'consumer group cannot go on')
    onLost(new CannotGoOnError(`consumer group ${group} cannot go on`, { cause }))
  }

  return {
    async start() {
      running ??= run()
      const tried = new AbortController()
      try {
        await Promise.race([firstTried.promise, pause(startLimitMs, tried.signal)])
      } finally {
        tried.abort()
      }
    },
    async stop() {
      stopping.abort()
      if (running) await settledWithin(running, stopLimitMs)
      await subscription?.stop()
    },
  }
}

/** Whether trying again may help, however often it failed: the bus is away, or a topic just made is not known everywhere. */
function mayPass(error: unknown): boolean {
  return (
    error instanceof UnknownTopicError || classify(error) === 'outage' || databaseOutage(error) || isOfDatabase(error) || isRetriable(error)
  )
}

/** Whatever the database of the embedded bus says, whoever runs it can change: a subscription that it has begun goes on trying, too. */
function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && (error.name === 'PostgresError' || isOfDatabase(error.cause))
}

/** What kafkajs says of an error, or of one topic's among several that were to be made. */
function isRetriable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isRetriable)
  return 'retriable' in error && error.retriable === true
}
