import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, ITopicConfig } from 'kafkajs'
import { isDeadLetterTopic } from '../../dead-letters/dead-letter.ts'
import { deadLettersKeptDays, partitionsPerTopic, recordsKeptDays } from '../bus.ts'
import { isOutage, KafkaUnavailableError } from './outage.ts'

const dayMs = 24 * 60 * 60 * 1_000
// A dead letter is its record, of 1 MiB at most by the brokers' default, with more headers.
const deadLetterBytes = 2 * 1024 * 1024
const mostReplicas = 3
const requestMs = 5_000
const leadersMs = 10_000
const leadersPollMs = 50

async function allTopics(admin: Admin): Promise<string[]> {
  try {
    return await admin.listTopics()
  } catch (error) {
    // kafkajs takes what no broker answered for an answer, and fails to read it.
    if (error instanceof TypeError) throw new KafkaUnavailableError('no broker tells which topics exist', { cause: error })
    throw error
  }
}

/** Which of the topics do not exist. Asks for all, since asking for one by name makes it where the broker is set up so. */
export async function missingTopics(admin: Admin, names: Iterable<string>): Promise<string[]> {
  const existing = new Set(await allTopics(admin))
  return [...new Set(names)].filter((name) => !existing.has(name))
}

/** Names of the topics in the order of their characters' codes; those of the brokers themselves, such as __consumer_offsets, are left out. */
export async function listTopics(admin: Admin): Promise<string[]> {
  const names = await allTopics(admin)
  return names.filter((name) => !name.startsWith('__')).sort()
}

/** Makes the topics that do not exist, with as many replicas as there are brokers, 3 at most; leaves the others alone and returns them. */
export async function createTopics(admin: Admin, names: readonly string[]): Promise<string[]> {
  const missing = await missingTopics(admin, names)
  const existing = [...new Set(names)].filter((name) => !missing.includes(name))
  if (missing.length === 0) return existing
  const { brokers } = await admin.describeCluster()
  const topics = missing.map((name) => topicConfig(name, brokers.length))
  await admin.createTopics({ topics, timeout: requestMs, waitForLeaders: false }).catch((error: unknown) => {
    if (!isThereAlready(error)) throw error
  })
  for (const topic of missing) await awaitLeaders(admin, topic)
  return existing
}

/** Resolves when every partition's leader answers for it: metadata names the leaders before they know, and they refuse records until then. */
async function awaitLeaders(admin: Admin, topic: string): Promise<void> {
  for (const deadline = performance.now() + leadersMs; ; await sleep(leadersPollMs)) {
    try {
      const offsets = await admin.fetchTopicOffsets(topic)
      if (offsets.length >= partitionsPerTopic) return
    } catch (error) {
      if (!isOutage(error) || performance.now() > deadline) throw error
    }
    if (performance.now() > deadline)
      throw new KafkaUnavailableError(`topic ${topic} was made, but not all of its partitions have a leader`)
  }
}

/** How long the topic's records are kept, in milliseconds. */
export function retentionMsOf(topic: string): number {
  return (isDeadLetterTopic(topic) ? deadLettersKeptDays : recordsKeptDays) * dayMs
}

/** Settings of a topic on a cluster of so many brokers: one replica may be missing without stopping the writers. */
export function topicConfig(topic: string, brokers: number): ITopicConfig {
  const replicationFactor = Math.max(1, Math.min(mostReplicas, brokers))
  const configEntries = [
    { name: 'retention.ms', value: String(retentionMsOf(topic)) },
    { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) },
    // The time of storing, by the broker's clock: producers' clocks differ.
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ...(isDeadLetterTopic(topic) ? [{ name: 'max.message.bytes', value: String(deadLetterBytes) }] : []),
  ]
  return { topic, numPartitions: partitionsPerTopic, replicationFactor, configEntries }
}

// Another process may make the same topic between the look and the request. The error of several topics holds one for each that failed.
function isThereAlready(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const errors: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [error]
  return errors.every((one) => one instanceof Error && 'type' in one && one.type === 'TOPIC_ALREADY_EXISTS')
}
