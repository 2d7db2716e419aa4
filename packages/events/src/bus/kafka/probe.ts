import type { Admin } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { within } from '../../timing/within.ts'
import type { LostRecords } from '../lost-records.ts'
import { createAdminClient } from './admin.ts'
import type { KafkaConnection } from './client.ts'
import { groupLag } from './lag.ts'
import { findLostRecords } from './lost-records.ts'
import { KafkaUnavailableError } from './outage.ts'

/** Questions that are answered within a second, or rejected with KafkaUnavailableError. Any number of them may be asked at once. */
export interface Probe {
  ping(): Promise<void>
  lag(group: string, topics: readonly string[]): Promise<Map<string, number>>
  /** Topics exist. */
  lostRecords(group: string, topics: readonly string[]): Promise<LostRecords[]>
  /** Never rejects. */
  close(): Promise<void>
}

const answerMs = 1_000

export function createProbe(connection: KafkaConnection, logger: EventLogger): Probe {
  const admin = createAdminClient(connection, { connectMs: answerMs, requestMs: answerMs, retries: 0 }, logger)
  const late = () => new KafkaUnavailableError(`Kafka at ${connection.brokers.join(',')} did not answer within ${answerMs} ms`)

  /** Connecting counts too; a client that is late by itself is not used again. */
  async function ask<T>(question: (client: Admin) => Promise<T>): Promise<T> {
    const answer = admin.use((client) => within(question(client), answerMs, late))
    return await within(answer, answerMs, late)
  }

  return {
    async ping() {
      await ask((client) => client.describeCluster())
    },
    lag: (group, topics) => ask((client) => groupLag(client, group, topics)),
    lostRecords: (group, topics) => ask((client) => findLostRecords(client, group, topics)),
    close: () => admin.close(),
  }
}
