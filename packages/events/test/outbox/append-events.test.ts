import t from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { outboxInsertParts } from '../../src/outbox/outbox-row.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'
import { thingEvent } from '../fixtures/things.ts'

t.test('events are stored in the order given, with all they are made of', async (t) => {
  const { db } = await openServiceDatabase(t)
  const events = Array.from({ length: 100 }, (_, n) => thingEvent({ note: `"quoted" \\\\ {braced}, NULL ${n} ü\\u0001` }))
  await appendEvents(db, events)
  const rows = await db.sql`select * from outbox order by id`
  t.strictSame(
    rows.map((row) => row.event_id),
    events.map((event) => event.id),
  )
  t.match(rows[7], {
    type: 'thing.changed',
    source: '/test-service',
    record_id: events[7]?.recordId,
    sequence: '1',
    payload: events[7]?.payload,
    request_id: 'request-1',
    occurred_at: events[7]?.occurredAt,
    published_at: null,
  })
})

t.test('no event is no statement', async (t) => {
  const { db } = await openServiceDatabase(t)
  await t.resolves(appendEvents(db, []))
})

t.test('an event is gone with the transaction that wrote it', async (t) => {
  const { db } = await openServiceDatabase(t)
  const failing = db.transaction(async (tx) => {
    await appendEvents(tx, [thingEvent()])
    throw new Error('rolled back')
  })
  await t.rejects(failing, /rolled back/)
  t.strictSame([...(await db.sql`select from outbox`)], [])
})

t.test('a statement of the caller can write the change and its event at once', async (t) => {
  const { db } = await openServiceDatabase(t)
  const event = thingEvent()
  const insert = () => {
    const { columns, values } = outboxInsertParts(db.sql, event)
    return db.sql`
      with thing as (insert into things (id, version) values (${event.recordId}, 1) on conflict do nothing returning id)
      insert into outbox (${columns}) select ${values} from thing`
  }
  t.equal((await insert()).count, 1)
  t.equal((await insert()).count, 0, 'no change, no event')
  const [row] = await db.sql`select event_id, payload, sequence, occurred_at from outbox`
  t.match(row, { event_id: event.id, payload: event.payload, sequence: '1', occurred_at: event.occurredAt })
})
