import { randomUUID } from 'node:crypto'
import t from 'tap'
import { claimNew } from '../../src/inbox/claim-new.ts'
import { pruneInbox } from '../../src/inbox/prune-inbox.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'

const now = new Date('2026-03-15T12:00:00Z')
const group = 'test.prune'

const events = (count: number) => Array.from({ length: count }, (_, offset) => ({ id: randomUUID(), topic: 't', partition: 0, offset }))

t.test('events processed 45 days ago are forgotten; younger ones are still known', async (t) => {
  const { db } = await openServiceDatabase(t)
  const [old, young] = [events(2_500), events(10)]
  await claimNew(db, group, old)
  await db.sql`update inbox set processed_at = '2026-01-29T11:59:59Z'`
  await claimNew(db, group, young)
  await db.sql`update inbox set processed_at = '2026-01-29T12:00:00Z' where processed_at > '2026-01-30'`
  t.equal(await pruneInbox(db, { now, keepDays: 45 }), 2_500)
  t.strictSame(await claimNew(db, group, young), [])
  t.equal((await claimNew(db, group, old)).length, 2_500)
})
