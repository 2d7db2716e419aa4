import { randomUUID } from 'node:crypto'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { type Bus, type BusMessage, partitionsPerTopic } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { partitionOf } from '../../src/bus/partitioner.ts'
import { type Consumer, type ConsumerOptions, createConsumer } from '../../src/consumer/create-consumer.ts'
import { defineConsumer } from '../../src/consumer/define-consumer.ts'
import type { ReceivedEvent } from '../../src/envelope/decode-message.ts'
import { toMessage } from '../../src/envelope/to-message.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { openBusDatabase, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { message } from '../fixtures/messages.ts'
import { dropConnections, insist } from '../fixtures/outages.ts'
import { type ThingChange, thingChanged, thingEvent } from '../fixtures/things.ts'

type ThingChanged = ReceivedEvent<typeof thingChanged>
type Handle = (events: ThingChanged[], tx: Executor) => Promise<void>

const timeoutMs = 30_000
const topic = 'thing.changed'
const group = 'test-worker.note-things'

async function prepare(t: Test) {
  const service = await openServiceDatabase(t)
  const log = await openBusDatabase(t)
  const { logger, lines } = recordingLogger()
  const bus = createEmbeddedBus({ db: log.db, logger, pollMs: 50 })
  t.teardown(() => bus.close())
  await bus.createTopics([topic])
  const metrics = new Registry()

  function consumer(handle: Handle, options: Partial<ConsumerOptions<typeof thingChanged>> = {}): Consumer {
    const definition = defineConsumer({ group, on: [thingChanged], handle })
    return createConsumer({ definition, bus, db: service.db, logger, metrics, retry: { baseMs: 20, maxMs: 100 }, ...options })
  }
  async function metric(name: string): Promise<number | undefined> {
    const { values } = (await metrics.getSingleMetric(name)?.get()) ?? { values: [] }
    return values.find((value) => value.labels.group === group && value.labels.topic === topic)?.value
  }
  return { ...service, log, bus, lines, consumer, metric }
}

/** Writes down each event. */
async function noteEffects(events: ThingChanged[], tx: Executor): Promise<void> {
  for (const event of events) {
    await tx.sql`insert into effects (event_id, record_id, sequence) values (${event.id}, ${event.recordId}, ${event.sequence})`
  }
}

async function effectsOf(on: Executor, thingId?: string): Promise<number[]> {
  const rows = await on.sql<{ sequence: number }[]>`
    select sequence from effects where record_id = coalesce(${thingId ?? null}, record_id) order by id`
  return rows.map((row) => row.sequence)
}

function messageOf(change: ThingChange): BusMessage {
  return toMessage(outboxRow(thingEvent(change)))
}

function versions(thingId: string, count: number): BusMessage[] {
  return Array.from({ length: count }, (_, n) => messageOf({ thingId, version: n + 1 }))
}

/** An id whose events go to the partition. */
function thingIn(partition: number): string {
  for (;;) {
    const id = randomUUID()
    if (partitionOf(Buffer.from(id), partitionsPerTopic) === partition) return id
  }
}

/** As if the process had died between its database's commit and the offset's: everything is delivered again. */
async function forgetOffsets(log: Executor): Promise<void> {
  await log.sql`delete from group_offsets`
}

t.test('an event that comes five times has one effect', async (t) => {
  const { db, bus, consumer, metric } = await prepare(t)
  const events = versions(randomUUID(), 20)
  const running = consumer(noteEffects)
  await bus.publish([...events, ...events])
  await running.start()
  for (let n = 0; n < 3; n++) await bus.publish(events)
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 80, { timeoutMs, what: '80 duplicates' })
  t.strictSame(
    await effectsOf(db),
    Array.from({ length: 20 }, (_, n) => n + 1),
  )
  t.equal(await metric('crm_consumer_processed_total'), 20)
})

t.test('a crash between the commit of the effects and that of the offset doubles no effect', async (t) => {
  const { db, log, bus, consumer, metric } = await prepare(t)
  await bus.publish(versions(randomUUID(), 50))
  const before = consumer(noteEffects)
  await before.start()
  await until(async () => (await effectsOf(db)).length === 50, { timeoutMs, what: 'the effects' })
  await before.stop()
  await forgetOffsets(log.db)
  const handled: string[] = []
  const after = consumer(async (events, tx) => {
    handled.push(...events.map((event) => event.id))
    await noteEffects(events, tx)
  })
  await after.start()
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 50, { timeoutMs, what: 'the second delivery' })
  t.equal((await effectsOf(db)).length, 50)
  t.strictSame(handled, [], 'the handler did not see them again')
})

t.test('a handler that fails three times and then works has one effect per event, in order', async (t) => {
  const { db, bus, lines, consumer, metric } = await prepare(t)
  const thingId = randomUUID()
  let calls = 0
  const running = consumer(async (events, tx) => {
    await noteEffects(events, tx)
    if (++calls <= 3) throw new TypeError('a defect in the handler')
  })
  await bus.publish(versions(thingId, 10))
  await running.start()
  await until(async () => (await effectsOf(db)).length > 0, { timeoutMs, what: 'the effects' })
  await bus.publish([messageOf({ thingId, version: 11 })])
  await until(async () => (await effectsOf(db)).length > 10, { timeoutMs, what: 'the last effect' })
  t.strictSame(
    await effectsOf(db),
    Array.from({ length: 11 }, (_, n) => n + 1),
  )
  t.equal(await metric('crm_consumer_failed_total'), 3)
  const failures = lines.filter((line) => line.level === 'error').map((line) => line.bindings)
  const partition = partitionOf(Buffer.from(thingId), partitionsPerTopic)
  t.match(
    failures,
    [1, 2, 3].map((attempt) => ({ group, topic, partition, offset: 0, attempt, eventId: /^[0-9a-f-]{36}$/, err: TypeError })),
  )
})

t.test('attempts are counted anew after a success', async (t) => {
  const { db, bus, lines, consumer } = await prepare(t)
  const thingId = randomUUID()
  let failing = 2
  const running = consumer(async (events, tx) => {
    if (failing-- > 0) throw new Error('not yet')
    await noteEffects(events, tx)
  })
  await running.start()
  await bus.publish([messageOf({ thingId, version: 1 })])
  await until(async () => (await effectsOf(db)).length === 1, { timeoutMs, what: 'the first effect' })
  failing = 1
  await bus.publish([messageOf({ thingId, version: 2 })])
  await until(async () => (await effectsOf(db)).length === 2, { timeoutMs, what: 'the second effect' })
  t.strictSame(
    lines.filter((line) => line.level === 'error').map((line) => line.bindings.attempt),
    [1, 2, 1],
  )
})

t.test('a partition that fails holds no other, and goes on when it can', async (t) => {
  const { db, bus, consumer } = await prepare(t)
  const [bad, good] = [thingIn(1), thingIn(2)]
  let failing = true
  let failures = 0
  const running = consumer(async (events, tx) => {
    if (failing && events.some((event) => event.recordId === bad)) {
      failures++
      throw new Error('bad')
    }
    await noteEffects(events, tx)
  })
  await running.start()
  await bus.publish([...versions(bad, 5), ...versions(good, 5)])
  await until(async () => failures >= 3 && (await effectsOf(db, good)).length === 5, { timeoutMs, what: 'the good partition' })
  await bus.publish([messageOf({ thingId: good, version: 6 })])
  await until(async () => (await effectsOf(db, good)).length === 6, { timeoutMs, what: 'the good partition going on' })
  t.strictSame(await effectsOf(db, bad), [])
  failing = false
  await until(async () => (await effectsOf(db, bad)).length === 5, { timeoutMs, what: 'the bad partition' })
  t.strictSame(await effectsOf(db, bad), [1, 2, 3, 4, 5])
})

t.test('a malformed record stops its partition, after those before it, and is named with its place', async (t) => {
  const { db, bus, log, lines, consumer, metric } = await prepare(t)
  const [bad, good] = [thingIn(1), thingIn(2)]
  const malformed = { ...messageOf({ thingId: bad, version: 3 }), value: Buffer.from('{') }
  await bus.publish([...versions(bad, 2), malformed, messageOf({ thingId: bad, version: 4 }), messageOf({ thingId: good })])
  await consumer(noteEffects).start()
  const failures = () => lines.filter((line) => line.level === 'error').map((line) => line.bindings)
  await until(() => failures().length === 3, { timeoutMs, what: 'three attempts' })
  await until(async () => (await effectsOf(db, good)).length === 1, { timeoutMs, what: 'the good partition' })
  t.match(
    failures(),
    [1, 2, 3].map((attempt) => ({ topic, partition: 1, offset: 2, attempt, err: { message: /offset 2: the value is not JSON/ } })),
  )
  t.strictSame(await effectsOf(db, bad), [1, 2])
  const [row] = await log.db.sql<{ next: string }[]>`select next_offset as next from group_offsets where partition = 1`
  t.equal(row?.next, '2', 'it rests at the malformed record')
  t.equal(await metric('crm_consumer_duplicates_total'), 0, 'those before it are not delivered again')
})

t.test('afterCommit is called once the effects can be seen, and not for duplicates', async (t) => {
  const { db, bus, consumer, metric } = await prepare(t)
  const seen: Promise<number[]>[] = []
  const running = consumer(noteEffects, { afterCommit: () => seen.push(effectsOf(db)) })
  const [event] = versions(randomUUID(), 1)
  if (!event) return
  await running.start()
  await bus.publish([event])
  await until(async () => (await metric('crm_consumer_processed_total')) === 1, { timeoutMs, what: 'the effect' })
  await bus.publish([event])
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 1, { timeoutMs, what: 'the duplicate' })
  t.strictSame(await Promise.all(seen), [[1]])
})

t.test('an outage of the database is survived: one effect each, in order, and no attempt counted', async (t) => {
  const { db, url, bus, lines, consumer } = await prepare(t)
  const thingId = randomUUID()
  let atWork = 0
  const running = consumer(async (events, tx) => {
    await noteEffects(events, tx)
    atWork++
    if (atWork <= 2) await tx.sql`select pg_sleep(60)`
  })
  await running.start()
  await bus.publish(versions(thingId, 10))
  for (const round of [1, 2]) {
    await until(() => atWork === round, { timeoutMs, what: 'the handler' })
    await dropConnections(url)
  }
  await until(async () => (await insist(() => effectsOf(db))).length > 0, { timeoutMs, what: 'the effects' })
  t.strictSame(
    await effectsOf(db),
    Array.from({ length: 10 }, (_, n) => n + 1),
  )
  t.match(
    lines.filter((line) => line.level !== 'debug').map((line) => line.message),
    Array(2).fill('consumer cannot reach its database; it retries, and the attempt does not count'),
  )
})

t.test('stopping waits for the handler at work, whose effects count', async (t) => {
  const { db, bus, log, consumer } = await prepare(t)
  const gate = Promise.withResolvers<void>()
  let calls = 0
  const running = consumer(async (events, tx) => {
    calls++
    await gate.promise
    await noteEffects(events, tx)
  })
  await running.start()
  await bus.publish(versions(randomUUID(), 3))
  await until(() => calls === 1, { timeoutMs, what: 'the handler' })
  const stopping = running.stop()
  gate.resolve()
  await stopping
  t.strictSame(await effectsOf(db), [1, 2, 3])
  const [offset] = await log.db.sql<{ next: string }[]>`select next_offset as next from group_offsets`
  t.equal(offset?.next, '3')
})

t.test('a handler gets batches, and only events of its contracts, typed', async (t) => {
  const { bus, consumer } = await prepare(t)
  const sizes: number[] = []
  const notes = new Set<string>()
  const running = consumer(async (events) => {
    sizes.push(events.length)
    for (const event of events) notes.add(event.payload.note)
  })
  await bus.publish(versions(randomUUID(), 1_000))
  await running.start()
  await until(() => sizes.reduce((sum, size) => sum + size, 0) === 1_000, { timeoutMs, what: 'all events' })
  t.strictSame(sizes, [500, 500])
  t.strictSame([...notes], ['changed'])
})

t.test('the topics are made at the start', async (t) => {
  const { bus, consumer } = await prepare(t)
  const made: string[][] = []
  const watched: Bus = {
    ...bus,
    async createTopics(names) {
      made.push([...names])
      await bus.createTopics(names)
    },
  }
  await consumer(noteEffects, { bus: watched }).start()
  t.strictSame(made, [[topic]])
  await t.resolves(bus.publish([message(topic, 'key', 'x')]))
})

t.test('a group is named after its process and what it does', async (t) => {
  const definition = { on: [thingChanged], handle: noteEffects }
  for (const name of ['crm-worker.qualify-lead', 'audit-service.record'])
    t.doesNotThrow(() => defineConsumer({ ...definition, group: name }))
  for (const name of ['qualify-lead', 'crm-worker.', 'Crm.Qualify', 'a.b.c', '']) {
    t.throws(() => defineConsumer({ ...definition, group: name }), /not named <process>/)
  }
})
