import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Bus } from '../../../src/bus/bus.ts'
import { createKafkaBus, type KafkaBusOptions } from '../../../src/bus/kafka/kafka-bus.ts'
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

/** Names that no other test has. */
export function uniqueNames(): { topic: string; group: string } {
  const id = randomUUID()
  return { topic: `topic.${id}`, group: `test.${id}` }
}
