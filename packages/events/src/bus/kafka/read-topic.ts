import { randomUUID } from 'node:crypto'
import { settledWithin } from '../../timing/within.ts'
import { UnknownTopicError } from '../bus.ts'
import type { AdminClient } from './admin.ts'
import { whenCoordinatorReady } from './coordinator.ts'
import { openReading, type ReadingOptions } from './reading.ts'
import { createRemainder } from './remainder.ts'
import { missingTopics } from './topics.ts'

export interface ReadTopicOptions extends Omit<ReadingOptions, 'group' | 'remainder'> {
  admin: AdminClient
}

const removeGroupMs = 3_000

/** Reads a topic to its end; see Bus. kafkajs reads for groups only: this one is made for the reading and removed after it. */
export async function readTopic(options: ReadTopicOptions): Promise<void> {
  const { admin, connection, topic, signal } = options
  const missing = await admin.use((client) => missingTopics(client, [topic]))
  if (missing.length > 0) throw new UnknownTopicError(`nothing was read: topic ${topic} does not exist`)
  const remainder = createRemainder(await admin.use((client) => client.fetchTopicOffsets(topic)))
  signal.throwIfAborted()
  if (remainder.isEmpty()) return
  const group = `${connection.clientId}.read-${randomUUID()}`
  try {
    const reading = await whenCoordinatorReady(() => openReading({ ...options, group, remainder }))
    await reading.finished.finally(reading.close)
  } finally {
    // Where that fails, the brokers do it some time later.
    await settledWithin(
      admin.use((client) => client.deleteGroups([group])),
      removeGroupMs,
    )
  }
}
