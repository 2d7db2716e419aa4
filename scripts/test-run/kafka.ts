import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaAvailable } from '@crm/embedded-kafka/availability.ts'
import { KafkaStartError } from '@crm/embedded-kafka/start-error.ts'
import { type EmbeddedKafka, startKafka } from '@crm/embedded-kafka/start-kafka.ts'
import { findFreePort } from '@crm/local-processes/ports.ts'
import { root } from '../steps.ts'

/**
 * Gives `use` the environment in which tests find one broker for all of them: empty where no file needs Kafka, or where it cannot
 * run and CI does not insist. The broker is gone when this settles, whatever `use` does.
 */
export async function withKafka<T>(files: readonly string[], use: (environment: Record<string, string>) => Promise<T>): Promise<T> {
  if (!files.some(usesKafka)) return await use({})
  if (!kafkaAvailable()) {
    if (process.env.CI === 'true') throw new Error('CI=true runs the tests on Kafka, which needs Java and Maven: install them')
    console.log('skip  everything on Kafka: it needs Java and Maven on the PATH')
    return await use({})
  }
  const dir = await mkdtemp(join(tmpdir(), 'crm-test-run-kafka-'))
  try {
    const broker = await startOnAnyPorts(dir)
    try {
      return await use({ TEST_KAFKA_BROKERS: broker.brokers })
    } finally {
      await broker.kill()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function usesKafka(file: string): boolean {
  return readFileSync(join(root, file), 'utf8').includes('testKafka')
}

// Another process may take a port between the look and the start.
async function startOnAnyPorts(dir: string): Promise<EmbeddedKafka> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort(20_000 + Math.floor(Math.random() * 12_000))
    const controllerPort = await findFreePort(port + 1)
    try {
      return await startKafka({ dir, port, controllerPort })
    } catch (error) {
      if (!(error instanceof KafkaStartError && error.reason === 'port-taken') || attempt === 10) throw error
    }
  }
}
