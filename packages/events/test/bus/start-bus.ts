import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Bus } from '../../src/bus/bus.ts'

/** Opens the bus that is tested; each call gives another handle on the same log, as another process would have it. */
export type OpenBus = () => Bus

export interface StartedBus {
  bus: Bus
  /** Exists, and is empty. */
  topic: string
  group: string
}

/** A bus with a topic and a group that no other test has; closed at teardown. */
export async function startBus(t: Test, open: OpenBus): Promise<StartedBus> {
  const bus = open()
  t.teardown(() => bus.close())
  const topic = `topic.${randomUUID()}`
  await bus.createTopics([topic])
  return { bus, topic, group: `test.${randomUUID()}` }
}
