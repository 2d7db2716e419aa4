import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@crm/service-kit/database/database.ts'
import { createOutageLog } from '../../logging/outage-log.ts'
import { backoffDelay } from '../../timing/backoff.ts'
import { pause } from '../../timing/pause.ts'
import { createWakeUp } from '../../timing/wake-up.ts'
import { GroupInUseError, type SubscribeOptions, type Subscription } from '../bus.ts'
import { type Assignment, createAssignment } from './assignment.ts'
import { type GroupSession, openGroupSession } from './group-session.ts'

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
// A process that was killed a moment ago holds its lock until the server notices.
const takeOver = { tries: 10, everyMs: 100 }

/** Subscribes a group; see Bus. One loop reads for all partitions, and it takes the group's lock anew when its connection is lost. */
export async function startSubscription(options: EmbeddedSubscribeOptions): Promise<EmbeddedSubscription> {
  const { group, topics, logger, pollMs } = options
  const wakeUp = createWakeUp()
  const stopping = new AbortController()
  let assignment: Assignment | undefined = await assign(await openPatiently(options))
  let pollAt = performance.now() + pollMs
  const running = run()

  async function assign(session: GroupSession): Promise<Assignment> {
    try {
      return createAssignment({ ...options, session, positions: await session.positions(topics), wake: wakeUp.wake })
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async function run(): Promise<void> {
    const outage = createOutageLog(logger, { group })
    while (!stopping.signal.aborted) {
      try {
        assignment ??= await assign(await openGroupSession(options.db, group))
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

async function openPatiently({ db, group }: EmbeddedSubscribeOptions): Promise<GroupSession> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openGroupSession(db, group)
    } catch (error) {
      if (!(error instanceof GroupInUseError) || attempt === takeOver.tries) throw error
      await delay(takeOver.everyMs)
    }
  }
}
