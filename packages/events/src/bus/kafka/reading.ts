import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { settledWithin } from '../../timing/within.ts'
import type { BusRecord } from '../bus.ts'
import { createClient, type KafkaConnection } from './client.ts'
import { describeOutage, KafkaUnavailableError } from './outage.ts'
import { toRecords } from './records.ts'
import type { Remainder } from './remainder.ts'

export interface ReadingOptions {
  connection: KafkaConnection
  /** Joined by this reading alone. */
  group: string
  topic: string
  /** What is read; kept up to date. */
  remainder: Remainder
  onRecords(records: BusRecord[]): void | Promise<void>
  sessionTimeoutMs: number
  /** A reading that gets nothing for so long, and does not wait for `onRecords`, has failed; milliseconds. */
  silenceLimitMs?: number
  /** Ends the reading: it rejects with the signal's reason. */
  signal: AbortSignal
  logger: EventLogger
}

export interface Reading {
  /** Resolves when nothing is left to read. */
  readonly finished: Promise<void>
  /** Leaves the group and disconnects; bounded. Never rejects. */
  close(): Promise<void>
}

const patience = { connectMs: 3_000, requestMs: 6_000, retries: 3 }
// A new group may wait 3 s for further members, by the brokers' default, and the first group of all for its coordinator.
const silenceMs = 20_000
const rebalanceTimeoutMs = 30_000
const heartbeatMs = 1_000
// The last fetch, which nobody needs, is waited for at the end.
const fetchWaitMs = 100
const disconnectMs = 3_000

/** Joins the group and begins to read; rejects when the group cannot be joined. Commits nothing. */
export async function openReading(options: ReadingOptions): Promise<Reading> {
  const { connection, group, sessionTimeoutMs, signal, logger } = options
  const consumer = createClient(connection, patience, logger, { pruned: 'nothing' }).consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.min(heartbeatMs, Math.floor(sessionTimeoutMs / 3)),
    rebalanceTimeout: rebalanceTimeoutMs,
    maxWaitTimeInMs: fetchWaitMs,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => false },
  })
  const outcome = createOutcome(options.silenceLimitMs ?? silenceMs)
  consumer.on(consumer.events.CRASH, ({ payload }) => outcome.fail(describeOutage(payload.error, connection.brokers)))
  trackProgress(consumer, options, outcome)
  const abandon = () => outcome.fail(signal.reason)
  signal.addEventListener('abort', abandon, { once: true })
  const joining = join(consumer, options, outcome)
  const close = async () => {
    signal.removeEventListener('abort', abandon)
    await settledWithin(consumer.disconnect(), disconnectMs)
    // A join that is still on its way would connect anew.
    joining.then(() => consumer.disconnect()).catch(() => {})
  }
  try {
    await Promise.race([outcome.promise, joining])
    // A failed join is no rejection to kafkajs, but a crash.
    await Promise.race([outcome.promise, Promise.resolve()])
  } catch (error) {
    outcome.fail(error)
    await close()
    throw describeOutage(error, connection.brokers)
  }
  return { finished: outcome.promise, close }
}

async function join(consumer: Consumer, options: ReadingOptions, outcome: Outcome): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics: [options.topic], fromBeginning: true })
  if (outcome.isSettled()) return
  // One batch at a time, whatever partition it comes from.
  const eachBatch = (payload: EachBatchPayload) => handOver(payload, options, outcome)
  await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch })
}

/** Never rejects: kafkajs would try the batch again, or end without a word. */
async function handOver({ batch, heartbeat }: EachBatchPayload, options: ReadingOptions, outcome: Outcome): Promise<void> {
  const records = options.remainder.due(toRecords(batch))
  if (outcome.isSettled() || records.length === 0) return
  const keepUp = setInterval(() => {
    outcome.postponeSilence()
    // A rebalance is kafkajs' own to find out and deal with.
    heartbeat().catch(() => {})
  }, heartbeatMs)
  try {
    await options.onRecords(records)
  } catch (error) {
    outcome.fail(error)
  } finally {
    clearInterval(keepUp)
  }
}

function trackProgress(consumer: Consumer, { topic, remainder }: ReadingOptions, outcome: Outcome): void {
  const leaveAlone = (partitions: number[]) => consumer.pause([{ topic, partitions }])
  // Without a commit, each join begins anew: after a rebalance too.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    for (const { partition, next } of remainder.positions()) consumer.seek({ topic, partition, offset: String(next) })
    leaveAlone((memberAssignment[topic] ?? []).filter((partition) => !remainder.has(partition)))
  })
  // Comes for batches without records too, such as one with a transaction's marker, which are not handed over.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (outcome.isSettled()) return
    outcome.postponeSilence()
    remainder.readThrough(partition, Number(lastOffset))
    if (remainder.isEmpty()) outcome.succeed()
    else if (!remainder.has(partition)) leaveAlone([partition])
  })
}

/** How a reading ends: the first word counts. */
interface Outcome {
  readonly promise: Promise<void>
  isSettled(): boolean
  succeed(): void
  fail(error: unknown): void
  /** Says that something happened: the limit of silence begins anew. */
  postponeSilence(): void
}

function createOutcome(silenceLimitMs: number): Outcome {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {})
  let settled = false
  const silence = setTimeout(() => {
    settle(() => reject(new KafkaUnavailableError(`nothing more could be read from Kafka for ${silenceLimitMs} ms`)))
  }, silenceLimitMs)
  function settle(how: () => void): void {
    settled = true
    clearTimeout(silence)
    how()
  }
  return {
    promise,
    isSettled: () => settled,
    succeed: () => settle(resolve),
    fail: (error) => settle(() => reject(error)),
    postponeSilence() {
      if (!settled) silence.refresh()
    },
  }
}
