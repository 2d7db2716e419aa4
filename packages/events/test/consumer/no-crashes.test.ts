import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { deadLetterTopic } from '../../src/dead-letters/dead-letter.ts'
import { connect } from '../fixtures/databases.ts'
import { allowConnections, insist } from '../fixtures/outages.ts'
import { isDone, partitionRow, startConsumerProcess, untilOneSurvives } from './consumer-processes.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { type Prepared, prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

// They wait for processes most of the time.
t.jobs = 3

const unclean = /ended without finishing/

t.test('a process stopped in order amid a slow handler finishes it, and nothing counts as a crash', { buffered: true }, async (t) => {
  const prepared = await prepare(t)
  const { db, bus, group, topic, message } = prepared
  const thingId = thingIn(1)
  for (const version of upTo(2)) {
    await bus.publish([message({ thingId, version, note: 'slow' })])
    const started = await startConsumerProcess(t, prepared)
    await until(() => started.handled().length === 1, { timeoutMs, what: 'the handler' })
    t.strictSame(await started.process.stop('SIGTERM'), { code: 0, signal: null })
    t.strictSame(await effectsOf(db), upTo(version), 'what was in flight is done')
    t.equal((await bus.lag(group, [topic])).get(topic), 0, 'and its offset committed')
    t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null })
    t.strictSame(started.warnings(), [])
  }
})

t.test(
  'a process stopped in order amid a handler that does not end cuts it off, and nothing counts as a crash',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { db, bus, message, versions, deadLetters } = prepared
    const thingId = thingIn(1)
    const hanging = message({ thingId, note: 'hang' })
    await bus.publish([hanging, ...versions(thingId, 2, 2)])
    for (let n = 0; n < 2; n++) {
      const started = await startConsumerProcess(t, prepared, { stopPatienceMs: 100 })
      await until(() => started.handled().length === 1, { timeoutMs, what: 'the handler' })
      t.strictSame(await started.process.stop('SIGTERM'), { code: 0, signal: null })
      t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null, attempts: null })
      t.strictSame(started.warnings(), ['consumer was stopped while it handled events of it; they are delivered again'])
    }
    t.strictSame(await effectsOf(db), [])
    const { consume } = prepared
    await consume(noteEffects)
    await untilEffects(db, 3)
    t.strictSame(await effectsOf(db), [1, 2, 3])
    t.strictSame(await deadLetters(), [])
  },
)

t.test(
  'a process stopped in order while its dead letters cannot be stored leaves nothing that looks like a crash',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { bus, busDatabaseUrl, group, topic, message, versions, deadLetters } = prepared
    const { sql } = connect(t, busDatabaseUrl)
    await sql.unsafe(`alter table records add constraint refused check (topic <> '${deadLetterTopic(topic, group)}') not valid`)
    const thingId = thingIn(1)
    await bus.publish([{ ...message({ thingId }), value: null }, ...versions(thingId, 1, 2)])
    for (let n = 0; n < 2; n++) {
      const started = await startConsumerProcess(t, prepared)
      await until(() => started.warnings().some((line) => /cannot go on now/.test(line)), { timeoutMs, what: 'the refusal' })
      t.strictSame(await started.process.stop('SIGTERM'), { code: 0, signal: null })
      t.notOk(started.warnings().some((line) => unclean.test(line)))
      t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null })
    }
    await sql`alter table records drop constraint refused`
    const [survivor] = await untilOneSurvives(t, prepared, () => isDone(prepared, 1))
    t.strictSame(survivor?.warnings(), ['event was given up and stored as a dead letter'])
    t.equal((await deadLetters()).length, 1)
  },
)

t.test(
  'a process killed while it has nothing in flight, idle or resting after a failure, counts for nothing',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { db, bus, consume, message, versions, deadLetters } = prepared
    const thingId = thingIn(1)
    for (const version of upTo(2)) {
      const started = await startConsumerProcess(t, prepared)
      await bus.publish(versions(thingId, 1, version))
      await until(() => isDone(prepared, version), { timeoutMs, what: 'the effect' })
      await started.process.stop('SIGKILL')
      t.notOk(started.warnings().some((line) => unclean.test(line)))
      t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null })
    }
    await bus.publish([message({ thingId, version: 3, note: 'fail' })])
    for (const attempts of upTo(2)) {
      const started = await startConsumerProcess(t, prepared, { restMs: 600_000 })
      await until(async () => (await partitionRow(prepared, 1))?.attempts === attempts, { timeoutMs, what: `attempt ${attempts}` })
      await started.process.stop('SIGKILL')
      t.notOk(started.warnings().some((line) => unclean.test(line)))
      t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: 0 })
      // As if the pause were over.
      await db.sql`update consumer_partitions set retry_state = (retry_state::jsonb - 'retryAt')::json`
    }
    await consume(noteEffects)
    await untilEffects(db, 3)
    t.strictSame(await effectsOf(db), upTo(3))
    t.strictSame(await deadLetters(), [])
  },
)

t.test(
  'a process killed once its dead letter is stored stores the same again at most, and does not try again',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { db, bus, message, versions, deadLetters } = prepared
    const thingId = thingIn(1)
    await bus.publish([message({ thingId, note: 'fail' }), ...versions(thingId, 1, 2)])
    const [killed] = await untilOneSurvives(t, prepared, async () => (await deadLetters()).length === 1, {
      failpoint: 'dead-letter.stored',
    })
    t.match(await killed?.process.exited, { signal: 'SIGKILL' })
    const [survivor] = await untilOneSurvives(t, prepared, () => isDone(prepared, 1))
    t.strictSame(survivor?.handled(), [[2]])
    t.notOk(survivor?.warnings().some((line) => unclean.test(line)))
    t.strictSame(await effectsOf(db), [2])
    const ids = (await deadLetters()).map(({ headers }) => String(headers.dlq_id))
    t.equal(new Set(ids).size, 1)
  },
)

/** A process amid a handler whose database goes away, told to stop. */
async function stopWithoutDatabase(t: Test, prepared: Prepared, stopPatienceMs: number) {
  const started = await startConsumerProcess(t, prepared, { stopPatienceMs })
  await until(() => started.handled().length === 1, { timeoutMs, what: 'the handler' })
  await allowConnections(prepared.url, false)
  await until(() => started.warnings().some((line) => /cannot go on now/.test(line)), { timeoutMs, what: 'the outage' })
  const stopped = started.process.stop('SIGTERM')
  await until(() => started.process.stdout().includes('stopping'), { timeoutMs, what: 'the beginning of the end' })
  return { started, stopped }
}

t.test(
  'a process stopped in order while its database is away leaves nothing that looks like a crash, if that comes back before the end',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { db, url, bus, message, consume } = prepared
    await bus.publish([message({ thingId: thingIn(1), note: 'sleep' })])
    const { started, stopped } = await stopWithoutDatabase(t, prepared, timeoutMs)
    await allowConnections(url, true)
    t.strictSame(await stopped, { code: 0, signal: null })
    t.notOk(started.warnings().some((line) => /cannot be cleared/.test(line)))
    t.match(await insist(() => partitionRow(prepared, 1)), { first: null, last: null, crashes: null })
    await consume(noteEffects)
    await untilEffects(db, 1)
  },
)

t.test(
  'a process stopped in order whose database comes back only after its end says so, and counts as one crash: no event is given up by that',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { db, url, bus, message, versions, consume, deadLetters, lines } = prepared
    const thingId = thingIn(1)
    await bus.publish([message({ thingId, note: 'sleep' }), ...versions(thingId, 2, 2)])
    const { started, stopped } = await stopWithoutDatabase(t, prepared, 100)
    t.strictSame(await stopped, { code: 0, signal: null })
    t.match(started.warnings().at(-1), /^what was in flight cannot be cleared.*the next consumer counts it as one crash$/)
    await allowConnections(url, true)
    t.match(await insist(() => partitionRow(prepared, 1)), { first: 0, crashes: null })
    await consume(noteEffects)
    await untilEffects(db, 3)
    t.match(
      lines.filter(({ message }) => unclean.test(message)),
      [{ bindings: { offset: 0, crashes: 1 } }],
    )
    t.strictSame(await effectsOf(db), [1, 2, 3])
    t.strictSame(await deadLetters(), [])
    t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null })
  },
)

t.test(
  'a process that ends since a consumer of it cannot go on has not been crashed by what was in flight',
  { buffered: true },
  async (t) => {
    const prepared = await prepare(t)
    const { bus, message } = prepared
    await bus.publish([message({ thingId: thingIn(1), note: 'cannot go on' })])
    const started = await startConsumerProcess(t, prepared, { stopPatienceMs: 100 })
    t.strictSame(await started.process.exited, { code: 1, signal: null })
    t.equal(started.handled().length, 1)
    t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null })
  },
)
