import type { Database } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { createEmbeddedBus } from '../../../src/bus/embedded/embedded-bus.ts'
import { pruneRecords } from '../../../src/bus/embedded/prune-records.ts'
import { collect, textOf } from '../../fixtures/collector.ts'
import { connect, openBusDatabase } from '../../fixtures/databases.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'

const timeoutMs = 30_000
const topic = 'thing.changed'
const deadLetters = 'thing.changed.dlq.test-worker.note-things'
const now = new Date('2026-03-15T12:00:00Z')

async function prepare(t: Test, options: { pruneEveryMs?: number } = {}) {
  const { db, url } = await openBusDatabase(t)
  const bus = createEmbeddedBus({ db: connect(t, url), logger: recordingLogger().logger, pollMs: 50, ...options })
  t.teardown(() => bus.close())
  await bus.createTopics([topic, deadLetters])
  return { db, url, bus }
}

async function storedAt(db: Database, time: string, from: number, to: number): Promise<void> {
  await db.sql`update records set stored_at = ${time} where record_offset between ${from} and ${to}`
}

async function offsets(db: Database, of = topic): Promise<number[]> {
  const rows = await db.sql<{ at: number }[]>`select record_offset::int as at from records where topic = ${of} order by 1`
  return rows.map((row) => row.at)
}

t.test('records go after 7 days, dead letters after 30, and the others stay', async (t) => {
  const { db, bus } = await prepare(t)
  await bus.publish([topic, deadLetters].flatMap((name) => numbers(4).map((value) => message(name, 'key', value))))
  await storedAt(db, '2026-02-13T11:59:59Z', 0, 0)
  await storedAt(db, '2026-03-08T11:59:59Z', 1, 1)
  await storedAt(db, '2026-03-08T12:00:00Z', 2, 3)
  t.equal(await pruneRecords(db, now), 3)
  t.strictSame(await offsets(db), [2, 3])
  t.strictSame(await offsets(db, deadLetters), [1, 2, 3])
  t.equal(await pruneRecords(db, now), 0)
})

t.test('a record that is older than one before it waits for that one, so that no gap comes between records', async (t) => {
  const { db, bus } = await prepare(t)
  await bus.publish(numbers(4).map((value) => message(topic, 'key', value)))
  await storedAt(db, '2026-01-01T00:00:00Z', 0, 3)
  await storedAt(db, '2026-03-15T00:00:00Z', 1, 1)
  t.equal(await pruneRecords(db, now), 1)
  t.strictSame(await offsets(db), [1, 2, 3])
})

t.test('a backlog goes in small batches, also when two processes prune', async (t) => {
  const { db, url, bus } = await prepare(t)
  await bus.publish(numbers(2_500).map((value) => message(topic, 'key', value)))
  await storedAt(db, '2026-01-01T00:00:00Z', 0, 2_499)
  await db.sql.unsafe(`
    create table deletions (rows int);
    create function note_deletion() returns trigger language plpgsql as
      $$ begin insert into deletions select count(*) from gone; return null; end $$;
    create trigger note_deletion after delete on records referencing old table as gone for each statement execute function note_deletion()`)
  await Promise.all([pruneRecords(db, now), pruneRecords(connect(t, url), now)])
  await pruneRecords(db, now)
  t.strictSame(await offsets(db), [])
  const [largest] = await db.sql<{ rows: number }[]>`select max(rows) as rows from deletions`
  t.equal(largest?.rows, 1_000)
})

t.test('a group that is further behind goes on at the earliest record kept, a new one begins there', async (t) => {
  const { db, bus } = await prepare(t)
  const behind = await collect(bus, { group: 'test.behind', topics: [topic] })
  await bus.publish(numbers(10).map((value) => message(topic, 'key', value)))
  await until(() => behind.records.length === 10, { timeoutMs, what: 'the first records' })
  await behind.subscription.stop()
  await bus.publish(numbers(20, 10).map((value) => message(topic, 'key', value)))
  await storedAt(db, '2026-01-01T00:00:00Z', 0, 24)
  t.equal(await pruneRecords(db, now), 25)
  for (const group of ['test.behind', 'test.new']) {
    const { records } = await collect(bus, { group, topics: [topic] })
    await until(() => records.length >= 5, { timeoutMs, what: `records of ${group}` })
    await bus.publish([message(topic, 'key', group)])
    await until(() => records.map(textOf).includes(group), { timeoutMs, what: `the last record of ${group}` })
    t.strictSame(records.map(textOf).slice(0, 5), numbers(5, 25), group)
  }
})

t.test('a partition whose records are all gone goes on where it was', async (t) => {
  const { db, bus } = await prepare(t)
  await bus.publish(numbers(3).map((value) => message(topic, keyOf(1), value)))
  await storedAt(db, '2026-01-01T00:00:00Z', 0, 2)
  await pruneRecords(db, now)
  await bus.publish([message(topic, keyOf(1), '3')])
  const { records } = await collect(bus, { group: 'test.collect', topics: [topic] })
  await until(() => records.length > 0, { timeoutMs, what: 'the record' })
  t.match(records, [{ offset: 3 }])
})

t.test('the bus prunes by itself until it is closed', async (t) => {
  const { db, bus } = await prepare(t, { pruneEveryMs: 20 })
  for (let round = 0; round < 2; round++) {
    await bus.publish(['old', 'young'].map((value) => message(topic, keyOf(round), value)))
    await db.sql`update records set stored_at = '2026-01-01' where value = 'old'`
    await until(async () => (await db.sql`select from records where value = 'old'`).length === 0, { timeoutMs, what: 'the pruning' })
  }
  t.equal((await offsets(db)).length, 2)
  await bus.close()
})
