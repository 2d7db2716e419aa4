import { randomUUID } from 'node:crypto'
import t from 'tap'
import { claimNew } from '../../src/inbox/claim-new.ts'
import { eventPruning } from '../../src/maintenance/event-pruning.ts'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'
import { thingEvent } from '../fixtures/things.ts'

t.test('outbox rows last 7 days, inbox rows 45, and only the tables named are touched', async (t) => {
  const { db } = await openServiceDatabase(t)
  const ids = [randomUUID(), randomUUID()]
  await appendEvents(db, [thingEvent({ version: 1 }), thingEvent({ version: 2 })])
  await db.sql`update outbox set published_at = now() - case sequence when 1 then 169 else 167 end * interval '1 hour'`
  await claimNew(
    db,
    'test.prune',
    ids.map((id, offset) => ({ id, topic: 't', partition: 0, offset })),
  )
  await db.sql`update inbox set processed_at = now() - case record_offset when 0 then 1081 else 1079 end * interval '1 hour'`
  t.strictSame(await eventPruning(db, { outbox: false, inbox: false }).run(), { outbox: 0, inbox: 0 })
  t.strictSame(await eventPruning(db, { outbox: true, inbox: false }).run(), { outbox: 1, inbox: 0 })
  t.strictSame(await eventPruning(db, { outbox: true, inbox: true }).run(), { outbox: 0, inbox: 1 })
  t.strictSame([...(await db.sql`select sequence from outbox`)], [{ sequence: '2' }])
  t.strictSame([...(await db.sql`select event_id from inbox`)], [{ event_id: ids[1] }])
})
