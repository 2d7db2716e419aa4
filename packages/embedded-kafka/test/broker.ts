import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '@crm/local-processes/ports.ts'
import { Kafka, logLevel } from 'kafkajs'
import type { Test } from 'tap'
import { kafkaAvailable } from '../src/availability.ts'
import { type EmbeddedKafka, type StartOptions, startKafka } from '../src/start-kafka.ts'

const isCi = process.env.CI === 'true'

/** Options of a test that starts a broker: skipped, in sight, where that is impossible; with CI=true it fails there. */
export const needsKafka: { skip?: string } = kafkaAvailable() || isCi ? {} : { skip: 'Kafka needs Java and Maven on the PATH' }

/** A folder removed at teardown. */
export async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-kafka-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Two free ports. */
export async function somePorts(): Promise<{ port: number; controllerPort: number }> {
  const port = await findFreePort(20_000 + Math.floor(Math.random() * 10_000))
  return { port, controllerPort: await findFreePort(port + 1) }
}

/** A broker killed at teardown. */
export async function start(t: Test, options: Partial<StartOptions> & { dir: string }): Promise<EmbeddedKafka> {
  const broker = await startKafka({ ...(await somePorts()), ...options })
  t.teardown(() => broker.kill())
  return broker
}

/** A client of the broker, disconnected at teardown. */
export async function connect(t: Test, brokers: string) {
  const kafka = new Kafka({ clientId: 'test', brokers: [brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: () => () => 0, allowAutoTopicCreation: true, retry: { retries: 2 } })
  t.teardown(async () => {
    await admin.disconnect()
    await producer.disconnect()
  })
  await admin.connect()
  await producer.connect()
  return { admin, producer }
}

/** Resolves when the condition holds; rejects when it does not within 10 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`Not within 10 s: ${what}`)
  }
}
