import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '@crm/embedded-kafka/start-kafka.ts'
import { root } from './steps.ts'

const usage =
  'Usage: pnpm kafka [--port <number>, 9092 by default; the next one is taken too] [--dir <data folder>, .data/kafka by default]'

function readOptions(): { dir: string; port: number } {
  const options = { port: { type: 'string', default: '9092' }, dir: { type: 'string', default: join(root, '.data/kafka') } } as const
  const { port, dir } = parseArgs({ options }).values
  const number = Number(port)
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_534) throw new Error(`--port ${port} is no port. ${usage}`)
  return { dir: resolve(dir), port: number }
}

/** Runs a broker for development until Ctrl-C. */
async function run(): Promise<void> {
  const { dir, port } = readOptions()
  console.log('Starting Kafka (the first time on a checkout fetches it, some 45 MB) ...')
  const broker = await startKafka({ dir, port, controllerPort: port + 1, log: (line) => console.log(line) })
  console.log(`Kafka runs on ${broker.brokers}; its data is in ${dir}. Services use it with KAFKA_BROKERS=${broker.brokers}`)
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
