import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { settledWithin } from '../../timing/within.ts'
import { createClient, type KafkaConnection } from './client.ts'
import type { Deliveries, PartitionLink } from './deliveries.ts'
import { KafkaUnavailableError } from './outage.ts'
import { toRecords } from './records.ts'
import { timeLimits } from './time-limits.ts'

export interface SessionOptions {
  connection: KafkaConnection
  group: string
  topics: readonly string[]
  /** How long the brokers wait for a silent consumer before they give its partitions to others; milliseconds. */
  sessionTimeoutMs: number
  /** A session without a heartbeat for so long counts as crashed; milliseconds. Longer than any rebalance, by default. */
  silenceLimitMs?: number
  deliveries: Deliveries
  logger: EventLogger
}

/** One membership in a group, for as long as it goes well. */
export interface Session {
  /** Resolves, to what happened, when the session has ended and nobody closed it. */
  readonly crashed: Promise<Error>
  /** Leaves the group and disconnects; bounded. Never rejects. */
  close(): Promise<void>
}

const patience = { connectMs: 3_000, requestMs: 10_000, retries: 5 }
const rebalanceTimeoutMs = 60_000
const heartbeatMs = 1_000
// Also how long a partition that was paused may wait for the fetch that goes on without it.
const fetchWaitMs = 500
// kafkajs fetches, heartbeats and rejoins only while no handler holds it: a slow delivery goes on beside it, its partition paused.
const handlerPatienceMs = 200
const concurrentPartitions = 6

/** Joins the group and begins to deliver; resolves when partitions are assigned, and rejects when the group cannot be joined. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { connection, group, topics, deliveries, logger, sessionTimeoutMs } = options
  const consumer = createClient(connection, patience, logger).consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.min(heartbeatMs, Math.floor(sessionTimeoutMs / 3)),
    rebalanceTimeout: rebalanceTimeoutMs,
    maxWaitTimeInMs: fetchWaitMs,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => false },
  })
  const { promise: crashed, resolve: crash } = Promise.withResolvers<Error>()
  consumer.on(consumer.events.CRASH, ({ payload }) => crash(payload.error))
  abortWhatIsLost(consumer, deliveries)
  const watchdog = watch(consumer, options.silenceLimitMs ?? rebalanceTimeoutMs + sessionTimeoutMs, crash)
  let closing: Promise<unknown> | undefined
  const close = async () => {
    clearInterval(watchdog)
    closing ??= settledWithin(consumer.disconnect(), timeLimits.leaveGroupMs)
    await closing
  }
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrentPartitions,
      eachBatch: (payload) => handOver(consumer, payload, deliveries, logger),
    })
    // A failed start is no rejection to kafkajs, but a crash.
    const failure = await Promise.race([crashed, Promise.resolve(undefined)])
    if (failure) throw failure
  } catch (error) {
    await close()
    throw error
  }
  return { crashed, close }
}

function abortWhatIsLost(consumer: Consumer, deliveries: Deliveries): void {
  let member: string | undefined
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
    // A new member id means that the group had gone on without us; anyone may have had our partitions meanwhile.
    if (memberId !== member) deliveries.abandon()
    else deliveries.keepOnly(memberAssignment)
    member = memberId
  })
}

/** Whatever kafkajs got stuck in without saying so, a consumer that no longer reports to its group does not go unnoticed. */
function watch(consumer: Consumer, limitMs: number, crash: (error: Error) => void): NodeJS.Timeout {
  let seen = performance.now()
  const sign = () => {
    seen = performance.now()
  }
  consumer.on(consumer.events.GROUP_JOIN, sign)
  consumer.on(consumer.events.HEARTBEAT, sign)
  const check = () => {
    if (performance.now() - seen > limitMs) crash(new KafkaUnavailableError(`no heartbeat for more than ${limitMs} ms`))
  }
  return setInterval(check, Math.min(limitMs, 1_000))
}

/** Never rejects: a TypeError and its like would end kafkajs' consumer without a word. */
async function handOver(consumer: Consumer, payload: EachBatchPayload, deliveries: Deliveries, logger: EventLogger): Promise<void> {
  const { topic, partition } = payload.batch
  try {
    const records = toRecords(payload.batch)
    await settledWithin(deliveries.begin(records, linkTo(consumer, payload)), handlerPatienceMs)
  } catch (error) {
    logger.error({ err: error, topic, partition }, 'fetched records could not be handed over; they are fetched again')
  }
}

/** Pauses the partition until it is resumed. */
function linkTo(consumer: Consumer, { batch: { topic, partition }, pause, commitOffsetsIfNecessary }: EachBatchPayload): PartitionLink {
  const resume = pause()
  return {
    resume,
    commit: (next) => commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: String(next) }] }] }),
    seek(next) {
      try {
        consumer.seek({ topic, partition, offset: String(next) })
      } catch {
        // The consumer has stopped: whoever has the partition next begins with what was committed.
      }
    },
  }
}
