import type { Database } from '@crm/service-kit/database/database.ts'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import { startTestServer } from '@crm/testing/server.ts'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { recordsKeptDays } from '../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../src/bus/embedded/embedded-bus.ts'
import { pruneRecords } from '../../src/bus/embedded/prune-records.ts'
import { claimNew } from '../../src/inbox/claim-new.ts'
import { pruneInbox } from '../../src/inbox/prune-inbox.ts'
import { processedKeptDays, publishedKeptDays } from '../../src/maintenance/event-pruning.ts'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { pruneOutbox } from '../../src/outbox/prune-outbox.ts'
import { createRelay } from '../../src/outbox/relay.ts'
import { collect, nextOf } from '../fixtures/collector.ts'
import { connect } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { thingChanged, thingEvent } from '../fixtures/things.ts'

const timeoutMs = 60_000
const rounds = 50
const eventsEach = 1_000
/** So many rounds' events are kept. */
const keptRounds = 5
/** The test vacuums itself, after each round: whether autovacuum keeps up with it is a matter of the machine. */
const parameters = { fsync: 'off', autovacuum: 'off' }
const dayMs = 24 * 60 * 60 * 1_000

async function prepare(t: Test) {
  const server = await startTestServer(t, parameters)
  const open = async (database: string) => {
    const { url } = await createTestDatabase(t, { migrations: migrationsFolder(database) }, server.url())
    return { db: connect(t, url), url }
  }
  const [crm, log] = [await open('crm_db'), await open('bus_db')]
  const bus = createEmbeddedBus({ db: log.db, logger: recordingLogger().logger })
  t.teardown(() => bus.close())
  const relay = createRelay({
    db: connect(t, crm.url),
    bus,
    contracts: [thingChanged],
    logger: recordingLogger().logger,
    metrics: new Registry(),
  })
  t.teardown(() => relay.stop())
  await bus.createTopics([thingChanged.type])
  relay.start()
  return { db: crm.db, log: log.db, bus, relay }
}

/** Bytes of each table with its indexes. */
async function sizes({ sql }: Database): Promise<[string, number][]> {
  const rows = await sql<{ name: string; bytes: number }[]>`
    select relname as name, pg_total_relation_size(oid)::float8 as bytes from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`
  return rows.map(({ name, bytes }) => [name, bytes])
}

/** As autovacuum does: it removes what no transaction sees any more, and leaves out a table that somebody has locked. */
async function vacuum(db: Database): Promise<void> {
  const names = (await sizes(db)).map(([name]) => name)
  await db.sql.unsafe(`vacuum (skip_locked, analyze) ${names.join(', ')}`)
}

t.test('50,000 events that are written, sent, processed and pruned leave tables as large as the first half of them did', async (t) => {
  const { db, log, bus, relay } = await prepare(t)
  const group = 'test.note-things'
  let done = 0
  await collect(bus, {
    group,
    topics: [thingChanged.type],
    decide: async (batch) => {
      const events = batch.records.map(({ headers, topic, partition, offset }) => ({ id: String(headers.ce_id), topic, partition, offset }))
      const claimed = await db.transaction((tx) => claimNew(tx, group, events))
      done += claimed.length
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  const begun: number[] = []
  const measured = new Map<number, [string, number][]>()
  for (let round = 1; round <= rounds; round++) {
    begun.push(Date.now())
    for (let n = 0; n < eventsEach; n += 100) {
      await appendEvents(
        db,
        Array.from({ length: 100 }, () => thingEvent({ note: 'x'.repeat(200) })),
      )
      relay.wake()
    }
    await until(() => done === round * eventsEach, { timeoutMs, what: `the events of round ${round}` })
    const since = begun.at(-keptRounds)
    if (since !== undefined) await pruneAll({ db, log, since })
    for (const vacuumed of [db, log]) await vacuum(vacuumed)
    if (round % (rounds / 10) === 0) measured.set(round, [...(await sizes(db)), ...(await sizes(log))])
  }
  for (const [round, tables] of measured) {
    t.comment(`round ${round}: ${tables.map(([name, bytes]) => `${name} ${Math.round(bytes / 1024)} KiB`).join(', ')}`)
  }
  const largest = (from: number, to: number) => {
    const tables = new Map<string, number>()
    for (const [round, measures] of measured) {
      if (round > from && round <= to) for (const [name, bytes] of measures) tables.set(name, Math.max(bytes, tables.get(name) ?? 0))
    }
    return tables
  }
  const before = largest(0, rounds / 2)
  // A table breathes by the rows that a transaction still saw, one of a few rows by a few pages. Unswept, it would double.
  for (const [name, bytes] of largest(rounds / 2, rounds)) {
    const once = before.get(name) ?? 0
    t.ok(bytes <= 1.5 * once + 128 * 1024, `${name}: at most ${once} bytes in the first ${rounds / 2} rounds, ${bytes} in the next`)
  }
  t.strictSame(
    ['inbox', 'outbox', 'records'].filter((name) => !before.has(name)),
    [],
    'all were measured',
  )
})

/** As the background tasks do, with their days counted from `since`. */
async function pruneAll({ db, log, since }: { db: Database; log: Database; since: number }): Promise<void> {
  const after = (keepDays: number) => new Date(since + keepDays * dayMs)
  await pruneOutbox(db, { now: after(publishedKeptDays), keepDays: publishedKeptDays })
  await pruneInbox(db, { now: after(processedKeptDays), keepDays: processedKeptDays })
  await pruneRecords(log, after(recordsKeptDays))
}
