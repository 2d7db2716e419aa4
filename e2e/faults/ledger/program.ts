// A consumer made of the public runtime and nothing else: it notes what it handles, in the order in which it does.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { Bus } from '../../../packages/events/src/bus/bus.ts'
import { createKafkaBus } from '../../../packages/events/src/bus/kafka/kafka-bus.ts'
import { openBus } from '../../../packages/events/src/bus/open-bus.ts'
import { type ConsumerOptions, createConsumer } from '../../../packages/events/src/consumer/create-consumer.ts'
import { defineConsumer } from '../../../packages/events/src/consumer/define-consumer.ts'
import { allContracts } from '../../../packages/events/src/contracts/all.ts'
import { connectDatabase } from '../../../packages/service-kit/src/database/database.ts'
import { createLogger } from '../../../packages/service-kit/src/logging/logger.ts'
import { runProcess } from '../../../packages/service-kit/src/shutdown/run-process.ts'
import { note } from './note.ts'
import type { Behaviour, LedgerSettings } from './settings.ts'

const settings: LedgerSettings = JSON.parse(process.env.LEDGER ?? '{}')
const { group, types, databaseUrl, port, retry } = settings
const behaviour: Behaviour = settings.behaviour === undefined ? {} : (await import(settings.behaviour)).default
const { prepare } = behaviour

// The runtime's own: nothing else of these tests needs it.
const { Registry } = createRequire(new URL('../../../packages/events/package.json', import.meta.url))('prom-client')
const metrics: ConsumerOptions<never>['metrics'] = new Registry()

const logger = createLogger({ name: 'ledger', level: process.env.LOG_LEVEL ?? 'warn' })
const db = connectDatabase({ url: databaseUrl, applicationName: 'ledger' })
const bus = openItsBus()

const apply: Parameters<typeof note>[0] = async (events, tx) => {
  await behaviour.handle?.(events, tx)
}
const work = note(apply)
const frame = { group, on: allContracts.filter(({ type }) => types.includes(type)) }
const definition = defineConsumer(
  prepare === undefined
    ? { ...frame, handle: work }
    : {
        ...frame,
        async prepare(events, signal) {
          await prepare(events, signal)
          return work
        },
      },
)
const consumer = createConsumer({ definition, bus, db, logger, metrics, ...(retry && { retry }) })
let isStarted = false

const server = createServer(async ({ url }, answer) => {
  if (url === '/metrics') return answer.end(await metrics.metrics())
  const isUp = await db.sql`select 1`.then(
    () => isStarted,
    () => false,
  )
  answer.writeHead(isUp ? 200 : 503, { 'content-type': 'application/json' })
  answer.end(JSON.stringify({ status: isUp ? 'ok' : 'down' }))
})
// Before anything is begun, as in the product's processes.
runProcess({ name: 'ledger', logger, drainMs: 0, setDraining() {}, close })
server.listen(port, '127.0.0.1')
await once(server, 'listening')
await consumer.start()
isStarted = true

async function close(): Promise<void> {
  server.close()
  server.closeAllConnections()
  await consumer.stop()
  await bus.close()
  await db.close()
}

function openItsBus(): Bus {
  if ('busDatabaseUrl' in settings) return openBus({ databaseUrl: settings.busDatabaseUrl, applicationName: 'ledger', logger })
  const { brokers, sessionTimeoutMs } = settings
  // openBus leaves the time after which a silent consumer is given up to the product.
  return createKafkaBus({ brokers: [brokers], clientId: 'ledger', logger, ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }) })
}
