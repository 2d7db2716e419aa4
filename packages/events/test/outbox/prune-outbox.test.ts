import { randomUUID } from 'node:crypto'
import type { Database } from '@crm/service-kit/database/database.ts'
import t from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { forgetPublishedEvents } from '../../src/outbox/forget-published-events.ts'
import { pruneOutbox } from '../../src/outbox/prune-outbox.ts'
import { connect, openServiceDatabase } from '../fixtures/databases.ts'
import { thingEvent } from '../fixtures/things.ts'

const now = new Date('2026-03-15T12:00:00Z')
const keepDays = 7

async function appendMany(db: Database, count: number): Promise<void> {
  await appendEvents(
    db,
    Array.from({ length: count }, () => thingEvent()),
  )
}

async function count(db: Database): Promise<number> {
  return (await db.sql`select from outbox`).length
}

t.test('events published 7 days ago go; younger ones, and unpublished ones of whatever age, stay', async (t) => {
  const { db } = await openServiceDatabase(t)
  await appendMany(db, 4)
  const [old, justOld, young, unpublished] = (await db.sql<{ id: string }[]>`select id from outbox order by id`).map((row) => row.id)
  await db.sql`update outbox set occurred_at = '2020-01-01'`
  const publish = (id: string | undefined, at: string) => db.sql`update outbox set published_at = ${at} where id = ${id ?? null}`
  await publish(old, '2026-02-01T00:00:00Z')
  await publish(justOld, '2026-03-08T11:59:59.999Z')
  await publish(young, '2026-03-08T12:00:00Z')
  t.equal(await pruneOutbox(db, { now, keepDays }), 2)
  t.strictSame(
    (await db.sql`select id from outbox order by id`).map((row) => row.id),
    [young, unpublished],
  )
  t.equal(await pruneOutbox(db, { now, keepDays }), 0)
})

t.test('a backlog goes in small batches, by the index, shared among those who prune', async (t) => {
  const { db, url } = await openServiceDatabase(t)
  await appendMany(db, 3_500)
  await db.sql`update outbox set published_at = '2026-01-01'`
  await db.sql.unsafe(`
    create table deletions (rows int);
    create function note_deletion() returns trigger language plpgsql as
      $$ begin insert into deletions select count(*) from gone; return null; end $$;
    create trigger note_deletion after delete on outbox referencing old table as gone for each statement execute function note_deletion()`)
  const other = connect(t, url)
  const pruned = await Promise.all([pruneOutbox(db, { now, keepDays }), pruneOutbox(other, { now, keepDays })])
  t.equal(pruned[0] + pruned[1], 3_500)
  t.equal(await count(db), 0)
  const [largest] = await db.sql<{ rows: number }[]>`select max(rows) as rows from deletions`
  t.equal(largest?.rows, 1_000)
})

t.test('forgetting a record deletes its published events, and only those', async (t) => {
  const { db } = await openServiceDatabase(t)
  const [erased, other] = [randomUUID(), randomUUID()]
  await appendEvents(db, [thingEvent({ thingId: erased }), thingEvent({ thingId: erased, version: 2 }), thingEvent({ thingId: other })])
  await db.sql`update outbox set published_at = now() where sequence = 1`
  t.equal(await forgetPublishedEvents(db, erased), 1)
  const left = await db.sql<{ record: string; sequence: string }[]>`select record_id as record, sequence from outbox order by id`
  t.strictSame(
    [...left],
    [
      { record: erased, sequence: '2' },
      { record: other, sequence: '1' },
    ],
  )
})

t.test('what is forgotten comes back when the erasure is rolled back', async (t) => {
  const { db } = await openServiceDatabase(t)
  const thingId = randomUUID()
  await appendEvents(db, [thingEvent({ thingId })])
  await db.sql`update outbox set published_at = now()`
  const erasing = db.transaction(async (tx) => {
    await forgetPublishedEvents(tx, thingId)
    throw new Error('rolled back')
  })
  await t.rejects(erasing, /rolled back/)
  t.equal(await count(db), 1)
})

t.test('pruning and forgetting have an index to go by', async (t) => {
  const { db } = await openServiceDatabase(t)
  await db.transaction(async ({ sql }) => {
    // An empty table would be scanned whole.
    await sql`set local enable_seqscan = off`
    const planOf = async (query: string) => (await sql.unsafe(`explain ${query}`)).map((row) => row['QUERY PLAN']).join('\n')
    t.match(await planOf(`select id from outbox where published_at < now() order by published_at limit 1000`), /outbox_published_at/)
    t.match(await planOf(`delete from outbox where record_id = 'x' and published_at is not null`), /outbox_published_record/)
    t.match(await planOf(`select ctid from inbox where processed_at < now() order by processed_at limit 1000`), /inbox_processed_at/)
  })
})
