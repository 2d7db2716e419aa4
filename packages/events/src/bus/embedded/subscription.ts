import type { Database } from '@crm/service-kit/database/database.ts'
import { createOutageLog } from '../../logging/outage-log.ts'
import { backoffDelay } from '../../timing/backoff.ts'
import { pause } from '../../timing/pause.ts'
import { createWakeUp } from '../../timing/wake-up.ts'
import type { SubscribeOptions, Subscription } from '../bus.ts'
import { type Assignment, createAssignment } from './assignment.ts'
import { GroupInUseError, openGroupSession } from './group-session.ts'

export interface EmbeddedSubscription extends Subscription {
  /** Says that records were added in this process, so that they need not wait for the next poll. */
  recordsAdded(topic: string, partition: number): void
}

export interface EmbeddedSubscribeOptions extends SubscribeOptions {
  db: Database
  pollMs: number
  batchSize: number
}

const retryRange = { baseMs: 100, maxMs: 5_000 }

/**
 * Subscribes a group; see Bus. One loop reads for all partitions, and it takes the group's lock anew when its connection is lost. While
 * another consumer has the lock it waits: a process that was killed keeps it until the server has ended its last statement.
 */
export async function startSubscription(options: EmbeddedSubscribeOptions): Promise<EmbeddedSubscription> {
  const { group, topics, logger, pollMs } = options
  const wakeUp = createWakeUp()
  const stopping = new AbortController()
  let assignment = await assignUnlessInUse()
  let pollAt = performance.now() + pollMs
  const running = run()

  async function assign(): Promise<Assignment> {
    const session = await openGroupSession(options.db, group)
    try {
      return createAssignment({ ...options, session, positions: await session.positions(topics), wake: wakeUp.wake })
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async function assignUnlessInUse(): Promise<Assignment | undefined> {
    try {
      return await assign()
    } catch (error) {
      if (error instanceof GroupInUseError) return undefined
      throw error
    }
  }

  async function run(): Promise<void> {
    const outage = createOutageLog(logger, { group })
    while (!stopping.signal.aborted) {
      try {
        assignment ??= await assign()
        await assignment.advance()
        outage.over('consumer group reads from the bus again')
        await sleep(assignment)
      } catch (error) {
        outage.failed(error, 'consumer group cannot read from the bus; it retries until it can')
        await assignment?.abandon()
        assignment = undefined
        await pause(backoffDelay(outage.failures(), retryRange), stopping.signal)
      }
    }
    await assignment?.finish()
  }

  /** Until there is a reason to advance. Records of publishers in other processes are noticed by polling. */
  async function sleep(current: Assignment): Promise<void> {
    await wakeUp.sleep(pollAt - performance.now())
    if (performance.now() < pollAt) return
    current.expectMore()
    pollAt = performance.now() + pollMs
  }

  return {
    recordsAdded: (topic, partition) => assignment?.recordsAdded(topic, partition),
    async stop() {
      stopping.abort()
      wakeUp.wake()
      await running
    },
  }
}
