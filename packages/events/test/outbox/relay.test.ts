import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t from 'tap'
import { type Bus, UnknownTopicError } from '../../src/bus/bus.ts'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { dropConnections, insist } from '../fixtures/outages.ts'
import { thingEvent } from '../fixtures/things.ts'
import { drained, never, prepare, sent, slowBus, timeoutMs, topic } from './prepare.ts'

t.test('a woken relay sends at once, without waiting for a poll', async (t) => {
  const { db, log, relay } = await prepare(t)
  const sender = relay({ pollMs: never, leaseMs: never })
  sender.start()
  for (let n = 1; n <= 10; n++) {
    await appendEvents(db, [thingEvent()])
    sender.wake()
    await until(async () => (await sent(log.db)).length === n, { timeoutMs, what: `event ${n}` })
  }
  t.equal((await sent(log.db)).length, 10)
})

t.test('what cannot be sent is sent again until it can, and says so once', async (t) => {
  const { db, log, bus, relay, lines } = await prepare(t, { topics: [] })
  const events = [1, 2, 3].map((version) => thingEvent({ thingId: '01980000-0000-7000-8000-000000000001', version }))
  await appendEvents(db, events)
  let attempts = 0
  const counting: Bus = {
    ...bus,
    async publish(messages) {
      attempts++
      await bus.publish(messages)
    },
  }
  const sender = relay({ bus: counting })
  sender.start()
  await until(() => attempts === 4, { timeoutMs, what: 'four attempts' })
  t.match(lines, [
    { level: 'warn', message: /^outbox relay cannot publish to the topic; its events wait/, bindings: { topic, err: UnknownTopicError } },
  ])
  t.equal(lines.length, 1)
  t.equal(await drained(db), false)
  await bus.createTopics([topic])
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.strictSame(
    (await sent(log.db)).map((record) => record.sequence),
    [1, 2, 3],
  )
  await until(() => lines.length > 1, { timeoutMs, what: 'the good news' })
  t.match(lines[1], { level: 'info', message: 'outbox relay publishes to the topic again' })
})

t.test('a relay whose mark fails sends again rather than never', async (t) => {
  const { db, log, relay } = await prepare(t)
  await db.sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
    create trigger refuse before update on outbox for each row execute function refuse();`)
  await appendEvents(db, [thingEvent()])
  const sender = relay()
  sender.start()
  await until(async () => (await sent(log.db)).length >= 2, { timeoutMs, what: 'a second sending' })
  await db.sql.unsafe('drop trigger refuse on outbox')
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.pass('sent and marked')
})

t.test('stopping finishes the batch in flight and gives the shards back', async (t) => {
  const { db, log, bus, relay } = await prepare(t)
  const { slow, goOn, untilPublishing } = slowBus(bus)
  await appendEvents(db, [thingEvent()])
  const sender = relay({ bus: slow })
  sender.start()
  await untilPublishing()
  const stopping = sender.stop()
  goOn()
  await stopping
  t.equal(await drained(db), true)
  t.equal((await sent(log.db)).length, 1)
  t.strictSame([...(await db.sql`select from outbox_shards where owner is not null`)], [])
  t.strictSame([...(await db.sql`select from outbox_relays`)], [])
})

t.test('lost database connections are survived', async (t) => {
  const { db, url, log, relay } = await prepare(t)
  const sender = relay()
  sender.start()
  let dropped = 0
  for (let n = 0; n < 10; n++) {
    await insist(() => appendEvents(db, [thingEvent()]))
    sender.wake()
    dropped += await dropConnections(url)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.ok(new Set((await sent(log.db)).map((record) => record.key)).size >= 10, `all sent, ${dropped} connections dropped`)
})

t.test('a backlog goes out whole, in batches', async (t) => {
  const { db, log, bus, relay } = await prepare(t)
  for (let n = 0; n < 10; n++)
    await appendEvents(
      db,
      Array.from({ length: 500 }, () => thingEvent()),
    )
  const sizes: number[] = []
  const counting: Bus = {
    ...bus,
    async publish(messages) {
      sizes.push(messages.length)
      await bus.publish(messages)
    },
  }
  const sender = relay({ bus: counting, pollMs: never })
  sender.start()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.equal((await sent(log.db)).length, 5_000)
  t.ok(sizes.length <= 12, `${sizes.length} batches`)
})

t.test('metrics tell what was published, what waits, and how long', async (t) => {
  const { db, relay } = await prepare(t)
  const metrics = new Registry()
  const value = async (name: string) => (await metrics.getSingleMetric(name)?.get())?.values[0]?.value
  const sender = relay({ metrics })
  await appendEvents(db, [thingEvent(), thingEvent()])
  t.equal(await value('crm_outbox_unpublished'), 2)
  t.ok(((await value('crm_outbox_oldest_unpublished_seconds')) ?? 0) > 0)
  sender.start()
  await until(async () => (await value('crm_outbox_published_total')) === 2, { timeoutMs, what: 'the count' })
  t.equal(await value('crm_outbox_unpublished'), 0)
  t.equal(await value('crm_outbox_oldest_unpublished_seconds'), 0)
})

t.test('the shard of a record never changes', async (t) => {
  const shardOf = (recordId: string) => outboxRow({ ...thingEvent(), recordId }).shard
  t.equal(shardOf('abc'), 479470107 % 32)
  t.equal(shardOf('foobar'), (-790332482 & 0x7fffffff) % 32)
})
