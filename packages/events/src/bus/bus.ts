import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import type { EventLogger } from '../logging/event-logger.ts'

/** Partitions of every topic. Changing it would move keys to other partitions and break their order. */
export const partitionsPerTopic = 6

/** Days that records are kept. */
export const recordsKeptDays = 7
/** Days that records of dead letter topics are kept. */
export const deadLettersKeptDays = 30

export interface BusMessage {
  topic: string
  /** Decides the partition, and so the order kept; without a key there is no order. */
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, Buffer>
}

/** A message as the bus keeps it. */
export interface BusRecord extends BusMessage {
  partition: number
  /** Place in the partition; grows by one a record, though records that were pruned leave a gap at the beginning. */
  offset: number
  storedAt: Date
  /** Set where this stands for several records that cannot be read: `value` is then their batch as the broker keeps it, `offset` the last of theirs. */
  unreadable?: UnreadableBatch
}

/** Records that were compressed together and cannot be decompressed. */
export interface UnreadableBatch {
  firstOffset: number
  /** How many, as the batch says. */
  records: number
  reason: string
}

/** Consecutive records of one partition, never none. */
export interface DeliveredBatch {
  topic: string
  partition: number
  records: BusRecord[]
  /** Aborted when the partition was lost: what the delivery resolves to is then ignored and the records are delivered again. */
  signal: AbortSignal
}

export interface Delivered {
  /** Offset to go on from: everything below is done and not delivered to the group again. */
  next: number
  /** 0, or milliseconds to leave this partition alone before it is delivered again from `next`. */
  pauseMs: number
}

export interface SubscribeOptions {
  /** Consumers of one group share the work; each group gets every record. A new group starts with the earliest record kept. */
  group: string
  /** Topics that exist. */
  topics: readonly string[]
  /** Called for one batch of a partition at a time; partitions go on independently of each other. Should not reject. */
  deliver(batch: DeliveredBatch): Promise<Delivered>
  logger: EventLogger
  /** Called once when the subscription has ended for good, for a reason that trying again does not remove. By default that ends the process. */
  onLost?: (error: Error) => void
}

export interface Subscription {
  /** Delivers nothing more, waits for the deliveries in flight and commits what they finished. Never rejects. */
  stop(): Promise<void>
}

/** A durable log of records in topics: at least once, in order per key, for groups of consumers. */
export interface Bus {
  /**
   * Resolves when all messages are stored durably; then groups will get each at least once. When it rejects, some may be stored.
   * Messages of one key keep their order, within a call and across calls that follow each other.
   */
  publish(messages: readonly BusMessage[]): Promise<void>
  /** Makes the topics that do not exist yet. */
  createTopics(names: readonly string[]): Promise<void>
  /** Resolves when deliveries have begun, or wait for another consumer to leave the group. From then on it outlives outages by itself. */
  subscribe(options: SubscribeOptions): Promise<Subscription>
  /** Names of the topics that exist, in alphabetical order; those a broker keeps for itself are left out. */
  listTopics(): Promise<string[]>
  /**
   * Reads a topic as it is at the time of the call: every partition from its earliest record to its end, in order within a partition.
   * `onRecords` is called once at a time, never with none. Belongs to no group: it takes nothing from anyone and commits nothing.
   * Rejects with UnknownTopicError when there is no such topic, with the very error of `onRecords`, and when the bus fails or is closed.
   */
  read(topic: string, onRecords: (records: BusRecord[]) => void | Promise<void>): Promise<void>
  /**
   * How many records kept by each topic the group has not done yet; for a group that has committed nothing, all of them. Topics that
   * do not exist are left out. Cheap enough to ask every few seconds; rejects soon when the bus cannot tell now.
   */
  lag(group: string, topics: readonly string[]): Promise<Map<string, number>>
  /** Rejects when the bus cannot be reached. */
  ping(): Promise<void>
  /** Stops all subscriptions and lets go of what the bus opened itself. Never rejects. */
  close(): Promise<void>
}

/** The bus does not answer, or cannot do what was asked for now: trying again later may help. */
export class BusUnavailableError extends StartError {
  override readonly name: string = 'BusUnavailableError'
}

/** A message was sent to a topic that does not exist; nothing of its call is stored. */
export class UnknownTopicError extends Error {
  override readonly name = 'UnknownTopicError'
}

/** A message is larger than its topic takes; nothing of its partition's part of the call is stored. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError'
  /** What Kafka calls it. */
  readonly type = 'MESSAGE_TOO_LARGE'
}
