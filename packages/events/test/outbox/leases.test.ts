import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { createLeaseHolder } from '../../src/outbox/lease-holder.ts'
import { balanceLeases, ensureShards, releaseLeases, renewLeases } from '../../src/outbox/leases.ts'
import { connect, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'

const leaseMs = 60_000

t.test('leases are shared fairly among the relays alive, and given up by those that are not', async (t) => {
  const { db } = await openServiceDatabase(t)
  await ensureShards(db)
  const balance = async (relay: string) => (await balanceLeases(db, { leaseMs, relay })).held
  t.equal(await balance('a'), 32)
  t.equal(await balance('b'), 0, 'nothing is taken by force')
  t.equal(await balance('a'), 16)
  t.equal(await balance('b'), 16)
  t.equal(await balance('c'), 0)
  t.strictSame([await balance('a'), await balance('b'), await balance('c')], [11, 11, 10])
  await db.sql`update outbox_relays set alive_until = now() - interval '1 s' where relay = 'c'`
  t.strictSame([await balance('a'), await balance('b')], [11, 11], 'the leases of c still run')
  await db.sql`update outbox_shards set leased_until = now() - interval '1 s' where owner = 'c'`
  t.strictSame([await balance('a'), await balance('b')], [16, 16])
  t.strictSame(
    (await db.sql`select relay from outbox_relays order by relay`).map((row) => row.relay),
    ['a', 'b'],
  )
})

t.test('a balance tells what was given back and what is still missing', async (t) => {
  const { db } = await openServiceDatabase(t)
  await ensureShards(db)
  t.strictSame(await balanceLeases(db, { leaseMs, relay: 'a' }), { held: 32, released: 0, missing: 0 })
  t.strictSame(await balanceLeases(db, { leaseMs, relay: 'b' }), { held: 0, released: 0, missing: 16 })
  t.strictSame(await balanceLeases(db, { leaseMs, relay: 'a' }), { held: 16, released: 16, missing: 0 })
})

t.test('balancing, renewing and releasing at the same time never deadlock', async (t) => {
  const { url, db } = await openServiceDatabase(t)
  await ensureShards(db)
  const pool = connect(t, url, 12)
  const failures: unknown[] = []
  // Leases so short that relays also take from each other and forget each other.
  const relays = ['a', 'b', 'c'].map((relay) => ({ relay, leaseMs: 5 }))
  for (let round = 0; round < 100 && failures.length === 0; round++) {
    const work = relays.flatMap((lease) => [
      balanceLeases(pool, lease),
      renewLeases(pool, lease),
      renewLeases(pool, lease),
      round % 4 === 0 ? releaseLeases(pool, lease.relay) : balanceLeases(pool, lease),
    ])
    for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') failures.push(outcome.reason)
  }
  t.strictSame(failures, [])
})

t.test('a renewal that waits is not joined by another, and work is over only when it is', async (t) => {
  const { url, db } = await openServiceDatabase(t)
  const pool = connect(t, url)
  const holder = createLeaseHolder(pool, { relay: 'a', leaseMs: 30 }, recordingLogger().logger)
  await holder.balanceWhenDue()
  const gate = Promise.withResolvers<void>()
  const waiting = async () => {
    const [row] = await db.sql<{ count: number }[]>`
      select count(*)::int from pg_locks join pg_stat_activity using (pid)
      where not granted and datname = current_database()`
    return row?.count ?? 0
  }
  let isOver = false
  let working: Promise<void> = Promise.resolve()
  await db.transaction(async (tx) => {
    await tx.sql`select from outbox_relays where relay = 'a' for update`
    working = holder.during(gate.promise).then(() => {
      isOver = true
    })
    await until(async () => (await waiting()) === 1, { timeoutMs: 10_000, what: 'a renewal that waits' })
    // Ten times the interval of renewals, by the database's clock.
    await tx.sql`select pg_sleep(0.1)`
    t.equal(await waiting(), 1, 'one renewal')
    gate.resolve()
    await db.sql`select 1`
    t.equal(isOver, false, 'the renewal is still on its way')
  })
  await working
  t.equal(isOver, true)
})

t.test('a balance that becomes due while one is running is not forgotten', async (t) => {
  const { db } = await openServiceDatabase(t)
  const holder = createLeaseHolder(db, { relay: 'a', leaseMs }, recordingLogger().logger)
  await holder.balanceWhenDue()
  t.ok(holder.dueInMs() > 0)
  holder.expire()
  const balancing = holder.balanceWhenDue()
  holder.expire()
  await balancing
  t.ok(holder.dueInMs() <= 0)
})
