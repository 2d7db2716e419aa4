// A consumer in a process of its own. The note of an event says what becomes of the process when it is handled:
// `kill` crashes it, `hang` never ends, `sleep` sleeps in the database, `slow` takes a while, `fail` fails; any other has its effect. It says `handling <versions>`, and `warn <message>`.
import { setTimeout as sleep } from 'node:timers/promises'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { Registry } from 'prom-client'
import { createConsumer } from '../../src/consumer/create-consumer.ts'
import { armFailpoint, type Failpoint } from '../../src/failpoints/failpoint.ts'
import type { EventLogger } from '../../src/logging/event-logger.ts'
import { thingContract } from '../fixtures/things.ts'
import { noteEffects } from './effects.ts'
import { openTestBus, type TestBusPlace } from './test-bus.ts'

export interface ConsumerProcessSettings {
  place: TestBusPlace
  databaseUrl: string
  topic: string
  group: string
  /** Ends the process when it comes there. */
  failpoint?: Failpoint
  stopPatienceMs?: number
  /** How long a partition rests after a failure. */
  restMs?: number
}

const { place, databaseUrl, topic, group, failpoint, restMs = 20, ...options }: ConsumerProcessSettings = JSON.parse(process.argv[2] ?? '')
const say = (line: string) => void process.stdout.write(`${line}\n`)
const quiet = () => {}
const warn = (_: unknown, message = '') => say(`warn ${message}`)
const logger = { debug: quiet, info: quiet, warn, error: warn } satisfies EventLogger

function endProcess(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

if (failpoint) armFailpoint(failpoint, endProcess)
const db = connectDatabase({ url: databaseUrl, applicationName: 'consumer-process' })
const bus = openTestBus(place, logger)
const consumer = createConsumer({
  definition: {
    group,
    on: [thingContract(topic)],
    async handle(events, tx) {
      say(`handling ${events.map(({ sequence }) => sequence)}`)
      await noteEffects(events, tx)
      if (events.some(({ payload }) => payload.note === 'fail')) throw new Error('it fails')
      if (events.some(({ payload }) => payload.note === 'slow')) await sleep(300)
      if (events.some(({ payload }) => payload.note === 'sleep')) await tx.sql`select pg_sleep(60)`
      if (events.some(({ payload }) => payload.note === 'kill')) await endProcess()
      if (events.some(({ payload }) => payload.note === 'hang')) await new Promise(() => {})
    },
  },
  db,
  bus,
  logger,
  metrics: new Registry(),
  retry: { baseMs: restMs, maxMs: restMs },
  ...options,
})
process.on('SIGTERM', async () => {
  say('stopping')
  await consumer.stop()
  await bus.close()
  await db.close()
  process.exit(0)
})
await consumer.start()
say('started')
