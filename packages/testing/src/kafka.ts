import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaAvailable } from '@crm/embedded-kafka/availability.ts'
import { KafkaStartError } from '@crm/embedded-kafka/start-error.ts'
import { type EmbeddedKafka, startKafka } from '@crm/embedded-kafka/start-kafka.ts'
import t from 'tap'
import { freePort } from './ports.ts'
import type { Teardown } from './processes.ts'

/**
 * Options of a test that needs Kafka: it is skipped, in sight, where Java or Maven is missing.
 * With CI=true it is not: there it fails, so that nobody takes a skipped run for a passed one.
 */
export const needsKafka: { skip?: string } =
  process.env.TEST_KAFKA_BROKERS || kafkaAvailable() || process.env.CI === 'true' ? {} : { skip: 'Kafka needs Java and Maven on the PATH' }

let shared: Promise<string> | undefined

/**
 * Brokers that tests share: TEST_KAFKA_BROKERS where it is set, else one broker started for this test process, which ends with
 * the root test. Whoever uses it makes topics and groups with names of their own.
 */
export function testKafka(): Promise<string> {
  shared ??= process.env.TEST_KAFKA_BROKERS
    ? Promise.resolve(process.env.TEST_KAFKA_BROKERS)
    : startTestKafka(t).then((kafka) => kafka.brokers)
  return shared
}

/** A broker that a test may break. It keeps its data and address when it is started again. */
export interface TestKafka {
  readonly brokers: string
  /** Process id of the broker that runs now. */
  pid(): number
  /** Ends it in order. */
  stop(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Starts it again after `stop` or `kill`, with these settings added if any; resolves when it answers. */
  start(changed?: Record<string, string>): Promise<void>
}

/** Starts a broker of one's own in a temporary folder; stopped and removed at teardown. */
export async function startTestKafka(owner: Teardown, settings: Record<string, string> = {}): Promise<TestKafka> {
  const dir = await mkdtemp(join(tmpdir(), 'crm-test-kafka-'))
  let broker: EmbeddedKafka | undefined
  owner.teardown(async () => {
    // Its data is thrown away: no need to let it end in order.
    await broker?.kill()
    await rm(dir, { recursive: true, force: true })
  })
  const first = await startOnAnyPorts(dir, settings)
  broker = first
  return {
    brokers: first.brokers,
    pid: () => broker?.pid ?? first.pid,
    stop: async () => await broker?.stop(),
    kill: async () => await broker?.kill(),
    start: async (changed) => {
      broker = await startKafka({ dir, settings: { ...settings, ...changed }, port: first.port, controllerPort: first.controllerPort })
    },
  }
}

// Another process may take a port between the look and the start.
async function startOnAnyPorts(dir: string, settings: Record<string, string>): Promise<EmbeddedKafka> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const controllerPort = await freePort()
    try {
      if (port !== controllerPort) return await startKafka({ dir, settings, port, controllerPort })
    } catch (error) {
      if (!(error instanceof KafkaStartError && error.reason === 'port-taken') || attempt === 10) throw error
    }
  }
}
