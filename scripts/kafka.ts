import { join } from 'node:path'
import { startKafka } from '@crm/embedded-kafka/start-kafka.ts'
import { lockDataFolder } from '../services/all-in-one/src/data-lock.ts'
import { root } from './steps.ts'

const dir = join(root, '.data/kafka')
const port = 9092
const controllerPort = 9093

/** Runs a broker for development until Ctrl-C. */
async function run(): Promise<void> {
  lockDataFolder(dir)
  console.log('Starting Kafka (the first time on a checkout fetches it, some 45 MB) ...')
  const broker = await startKafka({ dir, port, controllerPort, log: (line) => console.log(line) })
  console.log(`Kafka runs on ${broker.brokers}; its data is in .data/kafka. Services use it with KAFKA_BROKERS=${broker.brokers}`)
  console.log('Ctrl-C stops it.')
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stopping = true
      void broker.stop()
    })
  }
  const { code, signal } = await broker.exited
  if (stopping) return
  throw new Error(`Kafka ended by itself with ${code ?? signal}: its last words are above`)
}

try {
  await run()
  console.log('Kafka stopped.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
