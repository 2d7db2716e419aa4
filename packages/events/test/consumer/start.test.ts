import { describeStartFailure } from '@crm/service-kit/shutdown/describe-start-failure.ts'
import { until } from '@crm/testing/poll.ts'
import postgres from 'postgres'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { GroupInUseError } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { type Consumer, createConsumer } from '../../src/consumer/create-consumer.ts'
import { defineConsumer } from '../../src/consumer/define-consumer.ts'
import { toMessage } from '../../src/envelope/to-message.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { openBusDatabase, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { insist } from '../fixtures/outages.ts'
import { thingChanged, thingEvent } from '../fixtures/things.ts'

const timeoutMs = 30_000

async function prepare(t: Test) {
  const { db } = await openServiceDatabase(t)
  const log = await openBusDatabase(t)
  const { logger, lines } = recordingLogger()
  const bus = createEmbeddedBus({ db: log.db, logger, pollMs: 50 })
  t.teardown(() => bus.close())
  const handled: string[] = []
  function consumer(): Consumer {
    const definition = defineConsumer({
      group: 'test-worker.note-things',
      on: [thingChanged],
      handle: async (events) => void handled.push(...events.map((event) => event.id)),
    })
    const created = createConsumer({ definition, bus, db, logger, metrics: new Registry() })
    t.teardown(() => created.stop())
    return created
  }
  return { bus, busUrl: log.url, consumer, handled, lines: () => lines.filter((line) => line.level !== 'debug') }
}

/** Refuses connections to a database, as when it is down, or accepts them again. */
async function allowConnections(url: string, allowed: boolean): Promise<void> {
  const elsewhere = new URL(url)
  const name = elsewhere.pathname.slice(1)
  elsewhere.pathname = 'postgres'
  const admin = postgres(elsewhere.href, { max: 1, fetch_types: false })
  try {
    await admin.unsafe(`alter database ${name} with allow_connections ${allowed}`)
    if (!allowed) await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  } finally {
    await admin.end()
  }
}

t.test('a consumer that starts while its bus is down comes to work by itself, and says so once', async (t) => {
  const { bus, busUrl, consumer, handled, lines } = await prepare(t)
  await allowConnections(busUrl, false)
  let attempts = 0
  const createTopics = bus.createTopics
  bus.createTopics = async (names) => {
    attempts++
    await createTopics(names)
  }
  await consumer().start()
  await until(() => attempts === 4, { timeoutMs, what: 'four attempts' })
  t.match(lines(), [{ level: 'warn', message: 'consumer cannot subscribe to its topics; it retries until it can' }])
  t.equal(lines().length, 1)
  await allowConnections(busUrl, true)
  await until(() => lines().length > 1, { timeoutMs, what: 'the good news' })
  t.match(lines()[1], { level: 'info', message: 'consumer subscribed to its topics' })
  const event = thingEvent()
  await insist(() => bus.publish([toMessage(outboxRow(event))]))
  await until(() => handled.length > 0, { timeoutMs, what: 'the event' })
  t.strictSame(handled, [event.id])
})

t.test('a consumer can be stopped while it still waits for its bus', async (t) => {
  const { busUrl, consumer, lines } = await prepare(t)
  await allowConnections(busUrl, false)
  const waiting = consumer()
  await waiting.start()
  t.equal(lines().length, 1)
  await t.resolves(waiting.stop())
  await allowConnections(busUrl, true)
})

t.test('a group in use is an error of the start, which one line tells', async (t) => {
  const { consumer, lines } = await prepare(t)
  await consumer().start()
  const error = await consumer()
    .start()
    .catch((error: unknown) => error)
  t.type(error, GroupInUseError)
  t.equal(describeStartFailure(error), 'consumer group test-worker.note-things is in use by another consumer; the embedded bus allows one')
  t.strictSame(lines(), [])
})
