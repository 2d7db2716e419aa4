import type { Database } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { connect } from '../fixtures/databases.ts'
import { thingEvent } from '../fixtures/things.ts'
import { never, prepare, sent, timeoutMs } from './prepare.ts'

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
    await until(async () => (await sent(log.db)).length === n, { timeoutMs, what: `event ${n}` })
  }
  t.equal((await sent(log.db)).length, 40)
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
