import { CannotGoOnError } from '@crm/service-kit/shutdown/process-failure.ts'
import { createOutageLog } from '../../logging/outage-log.ts'
import { backoffDelay } from '../../timing/backoff.ts'
import { pause } from '../../timing/pause.ts'
import { settledWithin } from '../../timing/within.ts'
import type { SubscribeOptions, Subscription } from '../bus.ts'
import { endProcess } from '../end-process.ts'
import type { KafkaConnection } from './client.ts'
import { whenCoordinatorReady } from './coordinator.ts'
import { createDeliveries } from './deliveries.ts'
import { describeOutage, isOutage, isUnreadable } from './outage.ts'
import { openSession, type Session } from './session.ts'
import { timeLimits } from './time-limits.ts'

export interface KafkaSubscribeOptions extends SubscribeOptions {
  connection: KafkaConnection
  sessionTimeoutMs: number
  batchSize: number
}

const retryRange = { baseMs: 200, maxMs: 5_000 }
const mostDefects = 3

/** Subscribes a group; see Bus. A session that ends is followed by another, unless that does not help. */
export async function startSubscription(options: KafkaSubscribeOptions): Promise<Subscription> {
  const { group, logger, onLost = endProcess } = options
  const outage = createOutageLog(logger, { group })
  const stopping = new AbortController()
  let defects = 0
  let unreadable = 0
  const deliveries = createDeliveries({ ...options, onProgress: () => (defects = 0) })
  const open = () => openSession({ ...options, deliveries })
  const stopped = new Promise<undefined>((settle) => stopping.signal.addEventListener('abort', () => settle(undefined)))
  const running = run(await whenCoordinatorReady(open))

  async function run(first: Session): Promise<void> {
    for (let session: Session | undefined = first; session !== undefined; session = await reopen()) {
      const error = await Promise.race([session.crashed, stopped])
      if (error === undefined) return await session.close()
      deliveries.abandon()
      await session.close()
      if (!mayGoOn(error)) return
    }
  }

  /** The next session, or none when there is to be no other. */
  async function reopen(): Promise<Session | undefined> {
    while (!stopping.signal.aborted) {
      await pause(backoffDelay(outage.failures() || 1, retryRange), stopping.signal)
      const opening = open()
      try {
        const session = await Promise.race([opening, stopped])
        if (session) outage.over('consumer group reads from Kafka again')
        else void opening.then((late) => late.close()).catch(() => {})
        return session
      } catch (error) {
        if (!mayGoOn(error)) return undefined
      }
    }
    return undefined
  }

  /** Logs what went wrong; false when it goes wrong again and again and no outage explains it. */
  function mayGoOn(reason: unknown): boolean {
    const error = describeOutage(reason, options.connection.brokers)
    if (isOutage(error)) {
      outage.failed(error, 'consumer group cannot read from Kafka; it retries until it can')
      return true
    }
    defects++
    if (isUnreadable(error)) unreadable++
    if (Math.max(defects, unreadable) < mostDefects) {
      outage.failed(error, 'consumer group was ended by an error; it joins anew')
      return true
    }
    logger.error({ err: error, group }, 'consumer group cannot go on')
    onLost(new CannotGoOnError(`consumer group ${group} cannot go on`, { cause: error }))
    return false
  }

  return {
    async stop() {
      if (!(await settledWithin(deliveries.finish(), timeLimits.finishMs))) {
        logger.warn({ group }, `consumer group stops with deliveries in flight after ${timeLimits.finishMs} ms; they will be repeated`)
        deliveries.abandon()
      }
      stopping.abort()
      await running
    },
  }
}
