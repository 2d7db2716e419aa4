import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { startTestKafka } from '@crm/testing/kafka.ts'
import type { Teardown } from '@crm/testing/processes.ts'
import { openBus } from '../../../packages/events/src/bus/open-bus.ts'
import { createLogger } from '../../../packages/service-kit/src/logging/logger.ts'
import type { LedgerBus } from '../ledger/settings.ts'
import { type DlqCommand, dlqCommand } from './dlq.ts'
import { connectProducer, type Publish } from './producer.ts'

/** A bus of a test's own, and what goes on beside the consumers. */
export interface TestBus {
  /** For the ledger. */
  place: LedgerBus
  publish: Publish
  dlq: DlqCommand
}

/**
 * So that a consumer that was killed is missed after 1.5 s: the product's 10 s would make up most of the time of a test. The broker has to
 * be told, and the consumer.
 */
export const earlyMisses = { broker: { 'group.min.session.timeout.ms': '1000' }, consumer: { sessionTimeoutMs: 1_500 } }

/** Kafka. Its consumers are missed as early as the product's unless `misses` say otherwise: `earlyMisses`, where some are killed. */
export async function openKafka(t: Teardown, misses: Partial<typeof earlyMisses> = {}): Promise<TestBus> {
  const { brokers } = await startTestKafka(t, misses.broker)
  return {
    place: { brokers, ...misses.consumer },
    publish: await connectProducer(t, brokers),
    dlq: dlqCommand(t, { KAFKA_BROKERS: brokers }),
  }
}

/** The embedded bus, in a database of the test server. */
export async function openEmbedded(t: Teardown): Promise<TestBus> {
  const { url } = await createTestDatabase(t, { migrations: migrationsFolder('bus_db') })
  return { place: { busDatabaseUrl: url }, publish: connectPublisher(t, url), dlq: dlqCommand(t, { BUS_DATABASE_URL: url }) }
}

/** Publishes on an embedded bus as any process may; disconnected at teardown. */
export function connectPublisher(t: Teardown, databaseUrl: string): Publish {
  const bus = openBus({ databaseUrl, logger: createLogger({ name: 'test-publisher', level: 'silent' }) })
  t.teardown(() => bus.close())
  return (messages) => bus.publish(messages)
}
