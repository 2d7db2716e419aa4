// A consumer in a process of its own. The note of an event says what becomes of the process when it is handled:
// `kill` crashes it, `cannot go on` ends it as another consumer in it would, `throw` throws where nobody catches it and never ends, `throw and fail` fails then, `hang` never ends, `sleep` sleeps in the database, `slow` takes a while, `fail` fails; any other has its effect. It says `handling <versions>`, and `warn <message>`.
import { setTimeout as sleep } from 'node:timers/promises'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import { createLogger } from '@crm/service-kit/logging/logger.ts'
import { CannotGoOnError } from '@crm/service-kit/shutdown/process-failure.ts'
import { runProcess } from '@crm/service-kit/shutdown/run-process.ts'
import { Registry } from 'prom-client'
import { endProcess } from '../../src/bus/end-process.ts'
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

function crash(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

function fail(message: string): never {
  throw new TypeError(message)
}

if (failpoint) armFailpoint(failpoint, crash)
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
      if (events.some(({ payload }) => payload.note === 'kill')) await crash()
      if (events.some(({ payload }) => payload.note.startsWith('throw'))) setImmediate(() => fail('nobody catches it'))
      if (events.some(({ payload }) => payload.note === 'throw and fail')) await sleep(50).then(() => fail('it fails, too'))
      if (events.some(({ payload }) => payload.note === 'cannot go on')) endProcess(new CannotGoOnError('by a defect elsewhere'))
      if (events.some(({ payload }) => ['throw', 'cannot go on', 'hang'].includes(payload.note))) await new Promise(() => {})
    },
  },
  db,
  bus,
  logger,
  metrics: new Registry(),
  retry: { baseMs: restMs, maxMs: restMs },
  ...options,
})
runProcess({
  name: 'consumer-process',
  logger: createLogger({ name: 'consumer-process', level: 'info' }),
  drainMs: 0,
  setDraining: () => say('stopping'),
  async close() {
    await consumer.stop()
    await bus.close()
    await db.close()
  },
})
await consumer.start()
say('started')
