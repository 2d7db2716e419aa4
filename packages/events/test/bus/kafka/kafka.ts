import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Bus } from '../../../src/bus/bus.ts'
import { createAdminClient } from '../../../src/bus/kafka/admin.ts'
import { createKafkaBus, type KafkaBusOptions } from '../../../src/bus/kafka/kafka-bus.ts'
import { createReader, type Reader } from '../../../src/bus/kafka/reader.ts'
import { type LogLine, recordingLogger } from '../../fixtures/logger.ts'

export interface OpenedBus {
  bus: Bus
  /** What the bus logged beside its subscriptions. */
  lines: LogLine[]
}

/** A bus as a process would open it; closed at teardown. */
export function openKafkaBus(t: Test, brokers: string, options: Partial<KafkaBusOptions> = {}): OpenedBus {
  const { logger, lines } = recordingLogger()
  const bus = createKafkaBus({ brokers: [brokers], clientId: 'test', logger, sessionTimeoutMs: 6_000, ...options })
  t.teardown(() => bus.close())
  return { bus, lines }
}

/** What reads for a bus, with a limit of silence that a test can wait for; closed at teardown. */
export function openReader(t: Test, brokers: string, { clientId, silenceLimitMs }: { clientId: string; silenceLimitMs: number }): Reader {
  const { logger } = recordingLogger()
  const connection = { brokers: [brokers], clientId }
  const admin = createAdminClient(connection, { connectMs: 3_000, requestMs: 6_000, retries: 3 }, logger)
  const reader = createReader({ connection, admin, sessionTimeoutMs: 6_000, silenceLimitMs, logger })
  t.teardown(async () => {
    await reader.close()
    await admin.close()
  })
  return reader
}

/** Names that no other test has. */
export function uniqueNames(): { topic: string; group: string } {
  const id = randomUUID()
  return { topic: `topic.${id}`, group: `test.${id}` }
}
