import t from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { balanceLeases, ensureShards } from '../../src/outbox/leases.ts'
import { countUnpublished, markPublished, readUnpublished } from '../../src/outbox/unpublished.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'
import { thingEvent } from '../fixtures/things.ts'

const limits = { total: 500, perShard: 500 }
const lease = { leaseMs: 60_000 }

t.test('a relay that lost a shard marks nothing of it, also when it got it back since', async (t) => {
  const { db } = await openServiceDatabase(t)
  await ensureShards(db)
  t.match(await balanceLeases(db, { ...lease, relay: 'first' }), { held: 32 })
  await appendEvents(db, [thingEvent()])
  const rows = await readUnpublished(db, 'first', limits)
  t.equal(rows.length, 1)

  await db.sql`update outbox_shards set owner = 'second', epoch = epoch + 1`
  t.equal(await markPublished(db, 'first', rows), 0, 'owned by another')
  await db.sql`update outbox_shards set owner = 'first', epoch = epoch + 1`
  t.equal(await markPublished(db, 'first', rows), 0, 'owned again, in another epoch')
  t.equal(await countUnpublished(db), 1)
  t.equal(await markPublished(db, 'first', await readUnpublished(db, 'first', limits)), 1)
  t.equal(await countUnpublished(db), 0)
})

t.test('a relay sees only the shards whose lease it holds and that has not expired', async (t) => {
  const { db } = await openServiceDatabase(t)
  await ensureShards(db)
  await balanceLeases(db, { ...lease, relay: 'first' })
  await appendEvents(
    db,
    Array.from({ length: 200 }, () => thingEvent()),
  )
  await db.sql`update outbox_shards set owner = 'second' where shard < 16`
  const shards = (await readUnpublished(db, 'first', limits)).map((row) => row.shard)
  t.ok(shards.length > 0 && shards.every((shard) => shard >= 16))
  await db.sql`update outbox_shards set leased_until = now() - interval '1 second'`
  t.equal((await readUnpublished(db, 'first', limits)).length, 0)
})

t.test('rows come oldest first, in batches', async (t) => {
  const { db } = await openServiceDatabase(t)
  await ensureShards(db)
  await balanceLeases(db, { ...lease, relay: 'first' })
  const events = Array.from({ length: 200 }, () => thingEvent())
  await appendEvents(db, events)
  const rows = await readUnpublished(db, 'first', { total: 50, perShard: 50 })
  t.strictSame(
    rows.map((row) => row.eventId),
    events.slice(0, 50).map((event) => event.id),
  )
})
