import { randomUUID } from 'node:crypto'
import type { Database } from '@crm/service-kit/database/database.ts'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import kafkajs from 'kafkajs'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import type { Bus, BusMessage } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { createRelay, type RelayOptions } from '../../src/outbox/relay.ts'
import { countUnpublished } from '../../src/outbox/unpublished.ts'
import { foreignAdmin } from '../bus/kafka/foreign-client.ts'
import { openKafkaBus } from '../bus/kafka/kafka.ts'
import { connect, openBusDatabase, openServiceDatabase } from '../fixtures/databases.ts'
import { type LogLine, recordingLogger } from '../fixtures/logger.ts'
import { type ThingContract, thingContract, thingEvent } from '../fixtures/things.ts'

const timeoutMs = 30_000
const drained = async (db: Database) => (await countUnpublished(db)) === 0

/** Versions of one thing, as events of a topic. */
function versions(contract: ThingContract, from: number, to: number, note = 'changed') {
  const thingId = '01980000-0000-7000-8000-000000000001'
  return Array.from({ length: to - from + 1 }, (_, n) => thingEvent({ thingId, version: from + n, note }, contract))
}

const numbersTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)

/** What a topic holds, in the order of its one key. */
async function sequencesIn(bus: Bus, topic: string): Promise<number[]> {
  const sequences: number[] = []
  await bus.read(topic, (records) => void sequences.push(...records.map(({ headers }) => Number(headers.ce_sequence))))
  return sequences
}

interface Prepared {
  db: Database
  lines: LogLine[]
  /** The messages of each call to publish. */
  calls: BusMessage[][]
  start(): void
}

async function prepareRelay(t: Test, bus: Bus, options: Partial<RelayOptions>): Promise<Prepared> {
  const { db, url } = await openServiceDatabase(t)
  const { logger, lines } = recordingLogger()
  const calls: BusMessage[][] = []
  const counting: Bus = {
    ...bus,
    async publish(messages) {
      calls.push([...messages])
      await bus.publish(messages)
    },
  }
  const relay = createRelay({ db: connect(t, url), bus: counting, contracts: [], logger, metrics: new Registry(), pollMs: 20, ...options })
  t.teardown(() => relay.stop())
  return { db, lines, calls, start: () => relay.start() }
}

async function openEmbeddedBus(t: Test) {
  const { db } = await openBusDatabase(t)
  const bus = createEmbeddedBus({ db, logger: recordingLogger().logger })
  t.teardown(() => bus.close())
  return { bus, log: db }
}

const good = thingContract('thing.good')
const refused = thingContract('thing.refused')

t.test('a topic that refuses its events holds up no other, whose events are not sent again and again', async (t) => {
  const { bus } = await openEmbeddedBus(t)
  await bus.createTopics([good.type])
  const { db, lines, calls, start } = await prepareRelay(t, bus, { batchSize: 10 })
  // More than fits into a batch, before the others.
  await appendEvents(db, versions(refused, 1, 30))
  await appendEvents(db, versions(good, 1, 30))
  start()
  const left = (n: number) => async () => (await countUnpublished(db)) === n
  await until(left(30), { timeoutMs, what: 'the other topic to go on' })
  const attempts = () => calls.filter((messages) => messages.some(({ topic }) => topic === refused.type)).length
  const before = attempts()
  await until(() => attempts() > before + 2, { timeoutMs, what: 'further attempts' })
  await appendEvents(db, versions(good, 31, 60))
  await until(left(30), { timeoutMs, what: 'the other topic to go on for as long as one refuses' })
  t.strictSame(await sequencesIn(bus, good.type), numbersTo(60), 'each once, in order')
  const callsOfGood = Map.groupBy(
    calls.flat().filter(({ topic }) => topic === good.type),
    ({ headers }) => Number(headers.ce_sequence),
  )
  t.ok(
    [...callsOfGood.values()].every((own) => own.length <= 2),
    'at most one time with the topic that refuses',
  )
  t.match(lines, [{ level: 'warn', message: /^outbox relay cannot publish to the topic/, bindings: { topic: refused.type } }])
  t.equal(lines.length, 1)
  await bus.createTopics([refused.type])
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.strictSame(await sequencesIn(bus, refused.type), numbersTo(30), 'what waited comes in order')
})

t.test('a batch of several topics is one call', async (t) => {
  const { bus } = await openEmbeddedBus(t)
  await bus.createTopics([good.type, refused.type])
  const { db, calls, start } = await prepareRelay(t, bus, {})
  await appendEvents(db, [...versions(good, 1, 30), ...versions(refused, 1, 30)])
  start()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.equal(calls.length, 1)
})

t.test('a mark that fails is no refusal by the topic', async (t) => {
  const { bus } = await openEmbeddedBus(t)
  await bus.createTopics([good.type])
  const { db, lines, calls, start } = await prepareRelay(t, bus, {})
  await db.sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
    create trigger refuse before update on outbox for each row execute function refuse();`)
  await appendEvents(db, versions(good, 1, 1))
  start()
  await until(() => calls.length > 1, { timeoutMs, what: 'a second sending' })
  t.match(lines, [{ message: 'outbox relay failed while marking; it retries until it works' }])
  t.equal(lines.length, 1)
})

t.test('a topic that is deleted while the relay runs is made again', async (t) => {
  const { bus, log } = await openEmbeddedBus(t)
  const { db, start } = await prepareRelay(t, bus, { contracts: [good] })
  await appendEvents(db, versions(good, 1, 1))
  start()
  await until(() => drained(db), { timeoutMs, what: 'the first event to be sent' })
  await log.sql.unsafe('delete from records; delete from partitions; delete from topics')
  await appendEvents(db, versions(good, 2, 2))
  await until(() => drained(db), { timeoutMs, what: 'the second event to be sent' })
  t.strictSame(await sequencesIn(bus, good.type), [2])
})

t.test('topics that cannot be made hold up none that exists', async (t) => {
  const { bus } = await openEmbeddedBus(t)
  await bus.createTopics([good.type])
  let allowed = false
  const guarded: Bus = {
    ...bus,
    async createTopics(names) {
      if (!allowed && names.includes(refused.type)) throw new Error('not authorized')
      await bus.createTopics(names)
    },
  }
  const { db, lines, start } = await prepareRelay(t, guarded, { contracts: [good, refused] })
  await appendEvents(db, [...versions(refused, 1, 3), ...versions(good, 1, 3)])
  start()
  await until(async () => (await countUnpublished(db)) === 3, { timeoutMs, what: 'the topic that exists to go on' })
  t.match(lines[0], { level: 'warn', message: /^topics cannot be made/, bindings: { err: { message: 'not authorized' } } })
  allowed = true
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.strictSame(await sequencesIn(bus, refused.type), [1, 2, 3])
})

t.test('on Kafka, a topic that refuses holds up no other, and one that was deleted is made again', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const admin = await foreignAdmin(t, brokers)
  const [first, small, gone] = ['first', 'small', 'gone'].map((name) => thingContract(`${name}.${randomUUID()}`))
  if (!first || !small || !gone) throw new Error('three contracts')
  const limit = async (bytes: number) => {
    const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }]
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: small.type, configEntries }]
    await admin.alterConfigs({ validateOnly: false, resources })
  }
  const { db, lines, start } = await prepareRelay(t, bus, { contracts: [first, small, gone] })
  start()
  await appendEvents(db, [...versions(first, 1, 1), ...versions(small, 1, 1), ...versions(gone, 1, 1)])
  await until(() => drained(db), { timeoutMs, what: 'the first events to be sent' })
  await limit(2_000)
  await admin.deleteTopics({ topics: [gone.type] })
  await appendEvents(db, [...versions(small, 2, 2, 'x'.repeat(5_000)), ...versions(first, 2, 2), ...versions(gone, 2, 2)])
  await until(async () => (await countUnpublished(db)) === 1, { timeoutMs, what: 'the others to go on' })
  const told = () => lines.find(({ bindings }) => bindings.topic === small.type)
  t.match(told(), { level: 'warn', message: /^outbox relay cannot publish to the topic/, bindings: { err: { type: 'MESSAGE_TOO_LARGE' } } })
  t.strictSame([...new Set(await sequencesIn(bus, gone.type))], [2])
  await limit(1_000_000)
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.strictSame(await sequencesIn(bus, small.type), [1, 2])
})
