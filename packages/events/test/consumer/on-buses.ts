import { needsKafka } from '@crm/testing/kafka.ts'
import t, { type Test } from 'tap'
import { openBusDatabase } from '../fixtures/databases.ts'
import type { TestBusPlace } from './test-bus.ts'

/** A test on the embedded bus, and one more of the same on real Kafka; beside others where the file's root test has more than one job. */
export function onBothBuses(brokers: () => Promise<string>, name: string, run: (t: Test, place: TestBusPlace) => Promise<void>): void {
  t.test(`${name} (embedded bus)`, { buffered: true }, async (t) => await run(t, await embeddedBusPlace(t)))
  t.test(`${name} (Kafka)`, { ...needsKafka, buffered: true }, async (t) => await run(t, { brokers: await brokers() }))
}

/** A database for the embedded bus, of this test alone. */
export async function embeddedBusPlace(t: Test): Promise<{ databaseUrl: string }> {
  const { url } = await openBusDatabase(t)
  return { databaseUrl: url }
}
