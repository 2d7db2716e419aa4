import { randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { type Claimable, claimNew, findNew } from '../../src/inbox/claim-new.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'

const group = 'test-worker.note-things'

function events(count: number): Claimable[] {
  return Array.from({ length: count }, (_, offset) => ({ id: randomUUID(), topic: 'thing.changed', partition: 2, offset }))
}

t.test('an event is claimed once by each group, in the order given', async (t) => {
  const { db } = await openServiceDatabase(t)
  const all = events(5)
  const [, second, third] = all
  t.strictSame(
    await claimNew(
      db,
      group,
      [second, third].filter((event) => event !== undefined),
    ),
    [second, third],
  )
  t.strictSame(await findNew(db, group, all), [all[0], all[3], all[4]])
  t.strictSame(await claimNew(db, group, all), [all[0], all[3], all[4]])
  t.strictSame(await claimNew(db, group, all), [])
  t.strictSame(await findNew(db, group, all), [])
  t.strictSame(await claimNew(db, 'other-worker.note-things', all), all)
})

t.test('an event that is there twice is claimed once, at its first place', async (t) => {
  const { db } = await openServiceDatabase(t)
  const [first, second] = events(2)
  if (!first || !second) return
  const again = { ...first, offset: 7 }
  t.strictSame(await findNew(db, group, [first, second, again]), [first, second])
  t.strictSame(await claimNew(db, group, [first, second, again]), [first, second])
  t.strictSame(await claimNew(db, group, []), [])
  t.strictSame(await findNew(db, group, []), [])
})

t.test('a claim that is rolled back is none, and one that is not decided yet is waited for', async (t) => {
  const { db } = await openServiceDatabase(t)
  const all = events(3)
  for (const end of ['rollback', 'commit'] as const) {
    const gate = Promise.withResolvers<void>()
    const claimed = Promise.withResolvers<void>()
    const first = db.transaction(async (tx) => {
      await claimNew(tx, group, all.slice(0, 2))
      claimed.resolve()
      await gate.promise
      if (end === 'rollback') throw new Error('rolled back')
    })
    first.catch(() => {})
    await claimed.promise
    t.strictSame(await findNew(db, group, all), all, 'what is not committed is not handled')
    const second = db.transaction((tx) => claimNew(tx, group, all))
    const waiting = async () =>
      (await db.sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`).length
    await until(waiting, { timeoutMs: 30_000, what: 'the second claim to wait' })
    gate.resolve()
    await first.catch(() => {})
    t.strictSame(await second, end === 'rollback' ? all : all.slice(2), end)
    await db.sql`delete from inbox`
  }
})

t.test('a claim keeps where the event was', async (t) => {
  const { db } = await openServiceDatabase(t)
  const [event] = events(1)
  await claimNew(db, group, event ? [{ ...event, offset: 2 ** 40 }] : [])
  t.match(
    [...(await db.sql`select * from inbox`)],
    [{ group_name: group, event_id: event?.id, topic: 'thing.changed', partition: 2, record_offset: String(2 ** 40) }],
  )
})
