import { randomUUID } from 'node:crypto'
import type { Database } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { type Bus, UnknownTopicError } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { outboxRow } from '../../src/outbox/outbox-row.ts'
import { createRelay, type Relay, type RelayOptions } from '../../src/outbox/relay.ts'
import { countUnpublished } from '../../src/outbox/unpublished.ts'
import { connect, openBusDatabase, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { dropConnections, insist } from '../fixtures/outages.ts'
import { thingEvent } from '../fixtures/things.ts'
import { createThings, writeConcurrently } from '../fixtures/writers.ts'

const timeoutMs = 30_000
const topic = 'thing.changed'
const never = 2 ** 30

const drained = async (db: Database) => (await countUnpublished(db)) === 0

async function prepare(t: Test, { topics = [topic] } = {}) {
  const service = await openServiceDatabase(t)
  const log = await openBusDatabase(t)
  const { logger, lines } = recordingLogger()
  const bus = createEmbeddedBus({ db: log.db, logger })
  await bus.createTopics(topics)

  function relay(options: Partial<RelayOptions> = {}): Relay {
    const created = createRelay({
      db: connect(t, service.url),
      bus,
      contracts: [],
      logger,
      metrics: new Registry(),
      leaseMs: 600,
      pollMs: 50,
      ...options,
    })
    t.teardown(() => created.stop())
    return created
  }
  return { ...service, log, bus, relay, lines, logger }
}

interface Sent {
  key: string
  sequence: number
}

/** What is in the log, oldest first within each key. */
async function sent(log: Database): Promise<Sent[]> {
  return await log.sql<Sent[]>`
    select convert_from(key, 'UTF8') as key, (headers ->> 'ce_sequence')::int as sequence
    from records order by partition, record_offset`
}

/** Keys whose versions did not come as 1, 2, 3 and so on, doubles aside. */
function brokenKeys(records: Sent[]): string[] {
  return [...Map.groupBy(records, (record) => record.key)]
    .filter(([, own]) => [...new Set(own.map((record) => record.sequence))].some((sequence, at) => sequence !== at + 1))
    .map(([key]) => key)
}

t.test('16 writers on 50 records, two relays: each event is sent once, in order per record', async (t) => {
  const { db, url, log, relay } = await prepare(t)
  const ids = Array.from({ length: 50 }, () => randomUUID())
  await createThings(db, ids)
  const [first, second] = [relay(), relay()]
  first.start()
  const writing = writeConcurrently(connect(t, url, 16), ids, { writers: 16, changesEach: 100 })
  second.start()
  await writing
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  const records = await sent(log.db)
  t.strictSame(brokenKeys(records), [])
  t.equal(new Set(records.map(({ key, sequence }) => `${key} ${sequence}`)).size, 1_600, 'none lost')
  t.equal(records.length, 1_600, 'none doubled')
  const shares = await db.sql<{ shards: number }[]>`select count(*)::int as shards from outbox_shards group by owner`
  t.strictSame(
    shares.map((share) => share.shards),
    [16, 16],
    'a fair share each',
  )
})

t.test('relays that come and go under load lose nothing and keep the order', async (t) => {
  const { db, url, log, relay } = await prepare(t)
  const ids = Array.from({ length: 50 }, () => randomUUID())
  await createThings(db, ids)
  let writing = true
  const writers = writeConcurrently(connect(t, url, 8), ids, { writers: 8, changesEach: 150 }).finally(() => {
    writing = false
  })
  let stopped = 0
  let current = relay()
  current.start()
  while (writing) {
    const next = relay()
    next.start()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await current.stop()
    current = next
    stopped++
  }
  await writers
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  const records = await sent(log.db)
  t.strictSame(brokenKeys(records), [])
  t.equal(new Set(records.map(({ key, sequence }) => `${key} ${sequence}`)).size, 1_200, `none lost by ${stopped} changes of relay`)
  t.ok(stopped >= 2, 'relays did change')
})

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

t.test('relays of other processes hear when events are committed', async (t) => {
  const { db, log, relay } = await prepare(t)
  await db.sql`insert into outbox_relays select unnest('{first,second}'::text[]), now() + interval '1 h'`
  await db.sql`
    insert into outbox_shards select n, case when n % 2 = 0 then 'first' else 'second' end, 1, now() + interval '1 h'
    from generate_series(0, 31) n`
  const [first, second] = ['first', 'second'].map((instanceId) => relay({ instanceId, leaseMs: never, pollMs: never }))
  first?.start()
  second?.start()
  const listening = async () =>
    (await db.sql`select from pg_stat_activity where datname = current_database() and query like 'listen %'`).length === 2
  await until(listening, { timeoutMs, what: 'both to listen' })
  for (let n = 1; n <= 40; n++) {
    await appendEvents(db, [thingEvent()])
    first?.wake()
    await until(async () => (await sent(log.db)).length === n, { timeoutMs: 10_000, what: `event ${n}` })
  }
  t.equal((await sent(log.db)).length, 40)
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

t.test('shards of a relay that died are taken over when its lease expires, not before', async (t) => {
  const { db, log, relay } = await prepare(t)
  await db.sql`insert into outbox_relays values ('dead', now() + interval '700 ms')`
  await db.sql`insert into outbox_shards select n, 'dead', 5, now() + interval '700 ms' from generate_series(0, 31) n`
  const [lease] = await db.sql<{ end: Date }[]>`select max(leased_until) as end from outbox_shards`
  await appendEvents(db, [thingEvent()])
  const heir = relay()
  heir.start()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  const [row] = await db.sql<{ early: boolean }[]>`select published_at <= ${lease?.end ?? null} as early from outbox`
  t.equal(row?.early, false)
  t.equal((await sent(log.db)).length, 1)
  const epochs = await db.sql<{ epoch: number }[]>`select distinct epoch from outbox_shards where owner <> 'dead'`
  t.strictSame(
    epochs.map((shard) => shard.epoch),
    [6],
    'in a new epoch',
  )
})

t.test('a relay keeps its leases while a slow bus takes longer than they last', async (t) => {
  const { db, log, bus, relay } = await prepare(t)
  const gate = Promise.withResolvers<void>()
  let publishing = 0
  const slow: Bus = {
    ...bus,
    async publish(messages) {
      publishing++
      await gate.promise
      await bus.publish(messages)
    },
  }
  await appendEvents(db, [thingEvent()])
  const [holder, waiting] = [relay({ bus: slow, instanceId: 'holder' }), relay({ instanceId: 'waiting' })]
  holder.start()
  await until(() => publishing === 1, { timeoutMs, what: 'the slow sending' })
  const [lease] = await db.sql<{ end: Date }[]>`select max(leased_until) as end from outbox_shards`
  waiting.start()
  const balancedSince = async () => {
    const [row] = await db.sql<{ balanced: boolean }[]>`
      select alive_until > ${lease?.end ?? null}::timestamptz + 3 * interval '600 ms' as balanced from outbox_relays where relay = 'waiting'`
    return row?.balanced
  }
  await until(balancedSince, { timeoutMs, what: 'the other relay balancing after the first lease would have ended' })
  const owners = await db.sql<{ owner: string }[]>`select distinct owner from outbox_shards where leased_until > now()`
  t.strictSame(
    owners.map((shard) => shard.owner),
    ['holder'],
  )
  gate.resolve()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.equal((await sent(log.db)).length, 1, 'sent once')
})

t.test('stopping finishes the batch in flight and gives the shards back', async (t) => {
  const { db, log, bus, relay } = await prepare(t)
  const gate = Promise.withResolvers<void>()
  let publishing = 0
  const slow: Bus = {
    ...bus,
    async publish(messages) {
      publishing++
      await gate.promise
      await bus.publish(messages)
    },
  }
  await appendEvents(db, [thingEvent()])
  const sender = relay({ bus: slow })
  sender.start()
  await until(() => publishing === 1, { timeoutMs, what: 'the sending' })
  const stopping = sender.stop()
  gate.resolve()
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
  const sender = relay({ bus: counting, pollMs: never, leaseMs: 30_000 })
  sender.start()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.equal((await sent(log.db)).length, 5_000)
  t.ok(sizes.length <= 12, `${sizes.length} batches`)
})

t.test('metrics tell what was published, what waits, and how long', async (t) => {
  const { db, relay } = await prepare(t)
  const metrics = new Registry()
  const value = async (name: string) => (await metrics.getSingleMetric(name)?.get())?.values[0]?.value
  const sender = relay({ metrics, leaseMs: 30_000 })
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

t.test('a relay that joins or leaves has its share taken over at once, not at the next balance', async (t) => {
  const { db, relay } = await prepare(t)
  const held = async (name: string) => (await db.sql`select from outbox_shards where owner = ${name}`).length
  // Leases so long that nothing here is due by itself.
  const slow = { leaseMs: 600_000, pollMs: 600_000 }
  const first = relay({ instanceId: 'first', ...slow })
  first.start()
  await until(async () => (await held('first')) === 32, { timeoutMs, what: 'the first holds every shard' })
  const second = relay({ instanceId: 'second', ...slow })
  second.start()
  await until(async () => (await held('first')) === 16 && (await held('second')) === 16, { timeoutMs, what: 'they share' })
  await first.stop()
  await until(async () => (await held('second')) === 32, { timeoutMs, what: 'the second holds every shard' })
})

t.test('events go out while the connection to listen on is refused, and that is logged once', async (t) => {
  const { db, url, log, relay, lines } = await prepare(t)
  const limited = await connectAlone(t, url)
  const sender = relay({ db: limited })
  sender.start()
  for (let n = 1; n <= 3; n++) {
    await appendEvents(db, [thingEvent()])
    await until(async () => (await sent(log.db)).length === n, { timeoutMs, what: `event ${n}` })
  }
  await until(() => lines.length > 0, { timeoutMs, what: 'the refusal in the log' })
  t.match(lines, [{ level: 'warn', message: /^outbox relay cannot listen to the other relays/, bindings: { err: { code: '53300' } } }])
  await db.sql.unsafe(`alter role ${new URL(url).pathname.slice(1)} connection limit 2`)
  await until(() => lines.length > 1, { timeoutMs, what: 'the good news' })
  t.match(lines.slice(1), [{ level: 'info', message: 'outbox relay hears the other relays again' }])
})

/** A pool of one connection, already open, whose role may not open another. */
async function connectAlone(t: Test, url: string): Promise<Database> {
  const limitedUrl = new URL(url)
  const role = limitedUrl.pathname.slice(1)
  const owner = connect(t, url, 1)
  t.teardown(() => owner.sql.unsafe(`drop owned by ${role}; drop role ${role}`))
  await owner.sql.unsafe(`
    create role ${role} login password 'limited' connection limit 1;
    grant all on all tables in schema public to ${role};
    grant all on all sequences in schema public to ${role}`)
  limitedUrl.username = role
  limitedUrl.password = 'limited'
  const limited = connect(t, limitedUrl.href, 1)
  await limited.sql`select 1`
  return limited
}
