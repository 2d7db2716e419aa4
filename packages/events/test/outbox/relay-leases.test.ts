import { randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { connect } from '../fixtures/databases.ts'
import { thingEvent } from '../fixtures/things.ts'
import { createThings, writeConcurrently } from '../fixtures/writers.ts'
import { drained, prepare, type Sent, sent, slowBus, timeoutMs } from './prepare.ts'

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
  const isShared = async () => {
    const shares = await db.sql<
      { shards: number }[]
    >`select count(*)::int as shards from outbox_shards where owner is not null group by owner`
    return shares.map(({ shards }) => shards).join() === '16,16'
  }
  await until(isShared, { timeoutMs, what: 'a fair share each' })
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

t.test('shards of a relay that died are taken over when its lease expires, not before', async (t) => {
  const { db, log, relay } = await prepare(t)
  await db.sql`insert into outbox_relays values ('dead', now() + interval '700 ms')`
  await db.sql`insert into outbox_shards select n, 'dead', 5, now() + interval '700 ms' from generate_series(0, 31) n`
  const [lease] = await db.sql<{ end: Date }[]>`select max(leased_until) as end from outbox_shards`
  await appendEvents(db, [thingEvent()])
  const heir = relay({ leaseMs: 3_000 })
  heir.start()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  const [row] = await db.sql<{ early: boolean }[]>`select published_at < ${lease?.end ?? null} as early from outbox`
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
  const { slow, goOn, untilPublishing } = slowBus(bus)
  await appendEvents(db, [thingEvent()])
  const [holder, waiting] = [relay({ bus: slow, instanceId: 'holder' }), relay({ instanceId: 'waiting' })]
  holder.start()
  await untilPublishing()
  // As if they had lasted their time: only who renews them has them now.
  await db.sql`update outbox_shards set leased_until = now() - interval '1 s'`
  const isRenewed = async () => (await db.sql`select from outbox_shards where leased_until < now()`).length === 0
  await until(isRenewed, { timeoutMs, what: 'its renewal' })
  waiting.start()
  const hasBalanced = async () => (await db.sql`select from outbox_relays where relay = 'waiting'`).length === 1
  await until(hasBalanced, { timeoutMs, what: 'the other relay, which takes what is free' })
  const owners = await db.sql<{ owner: string }[]>`select distinct owner from outbox_shards where leased_until > now()`
  t.strictSame(
    owners.map((shard) => shard.owner),
    ['holder'],
  )
  goOn()
  await until(() => drained(db), { timeoutMs, what: 'an empty outbox' })
  t.equal((await sent(log.db)).length, 1, 'sent once')
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
