import type { Database } from '@crm/service-kit/database/database.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { createConsumerLog } from '../../src/consumer/consumer-log.ts'
import { TakenOverError } from '../../src/consumer/errors.ts'
import { createPartitionState } from '../../src/consumer/partition-state.ts'
import { crashesAtMost, type RetryState } from '../../src/consumer/retry-state.ts'
import { steadyNow } from '../../src/timing/steady-now.ts'
import { connect, openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { timeoutMs } from './prepare.ts'

// They wait for those that do not answer.
t.jobs = 4

const longestPauseMs = 60_000
const never = new AbortController().signal
const place = { group: 'test-worker.note-things', topic: 'thing.changed', partition: 3 }
const inFlight = { first: 10, last: 14 }

async function preparePartitions(t: Test) {
  const { db, url } = await openServiceDatabase(t)
  const { logger, lines } = recordingLogger()
  /** The partition, or another, as one consumer has it. */
  const ownedBy = (owner: string, other: Partial<typeof place> = {}, on: Database = db) => {
    const ownership = { ...place, ...other, owner }
    return createPartitionState({ db: on, ownership, log: createConsumerLog(logger, ownership), longestPauseMs })
  }
  const found = () => lines.filter(({ message }) => /ended without finishing/.test(message)).map(({ bindings }) => bindings)
  const marks = async () =>
    (await db.sql<{ first: string | null }[]>`select in_flight_first as first from consumer_partitions`).map(({ first }) => first)
  return { db, url, ownedBy, found, marks, lines }
}

t.test('what a consumer left in flight counts as a crash, for its group, topic and partition alone', { buffered: true }, async (t) => {
  const { ownedBy, found } = await preparePartitions(t)
  const others = [{ group: 'test-worker.other' }, { topic: 'thing.seen' }, { partition: 4 }]
  for (const other of [{}, ...others]) {
    const before = ownedBy('before', other)
    await before.ensureOwned(never)
    if (Object.keys(other).length === 0) await before.markInFlight(inFlight)
  }
  const [after, ...elsewhere] = [{}, ...others].map((other) => ownedBy('after', other))
  await Promise.all([after, ...elsewhere].map((each) => each?.ensureOwned(never)))
  t.strictSame(after?.current(), { offset: 10, attempts: 0, crashes: 1, singleThrough: 14, sharedCrashes: 1 })
  t.strictSame(
    elsewhere.map((each) => each.current()),
    [null, null, null],
  )
  t.strictSame(found(), [{ ...place, offset: 10, lastOffset: 14, crashes: 1, crashesAtMost }])
  const next = ownedBy('next')
  await next.ensureOwned(never)
  t.strictSame(next.current(), after?.current(), 'counted once, and known to those who come later')
})

t.test('a consumer that says within moments that it lives has not crashed', { buffered: true }, async (t) => {
  const { ownedBy, found } = await preparePartitions(t)
  const [before, after] = [ownedBy('before'), ownedBy('after')]
  await before.ensureOwned(never)
  await before.markInFlight(inFlight)
  const taking = after.ensureOwned(never)
  before.disown()
  await taking
  t.equal(after.current(), null)
  t.strictSame(found(), [])
  t.equal(await after.markInFlight(inFlight), true)
  t.equal(await before.markInFlight(inFlight), false)
})

t.test('what a consumer itself has left in flight, over an outage, is no crash', { buffered: true }, async (t) => {
  const { ownedBy, found } = await preparePartitions(t)
  await ownedBy('same').ensureOwned(never)
  await ownedBy('same').markInFlight(inFlight)
  const again = ownedBy('same')
  await again.ensureOwned(never)
  t.equal(again.current(), null)
  t.strictSame(found(), [])
})

t.test('a partition that was taken over is written by its new owner alone', { buffered: true }, async (t) => {
  const { db, ownedBy, marks } = await preparePartitions(t)
  const [before, after] = [ownedBy('before'), ownedBy('after')]
  const state: RetryState = { offset: 10, attempts: 2, crashes: 0, singleThrough: 10, sharedCrashes: 0 }
  await before.ensureOwned(never)
  await after.ensureOwned(never)
  await after.save(state)
  await t.rejects(before.save(null), TakenOverError)
  await t.rejects(
    db.transaction((tx) => before.saveIn(tx, null)),
    TakenOverError,
  )
  t.equal(before.current(), null, 'what it knows is old')
  t.equal(await before.markInFlight({ first: 10, last: 12 }), false)
  t.strictSame(await marks(), [null])
  await before.ensureOwned(never)
  t.strictSame(before.current(), state, 'what it knows is what the other knew')
  t.equal(await before.markInFlight({ first: 10, last: 10 }), true)
  t.strictSame(await marks(), ['10'])
  await t.rejects(after.save(null), TakenOverError)
})

t.test('a consumer that lets go clears what was in flight, and keeps the state', { buffered: true }, async (t) => {
  const { ownedBy, marks } = await preparePartitions(t)
  const owned = ownedBy('one')
  const state: RetryState = { offset: 10, attempts: 2, crashes: 1, singleThrough: 14, sharedCrashes: 1 }
  await owned.ensureOwned(never)
  await owned.save(state)
  await owned.markInFlight(inFlight)
  t.strictSame(await marks(), ['10'])
  owned.disown()
  await owned.release(never)
  t.strictSame(await marks(), [null])
  await owned.ensureOwned(never)
  t.strictSame(owned.current(), state)
})

t.test('what could not be cleared during an outage is cleared at the end', { buffered: true }, async (t) => {
  const { db, ownedBy, marks, lines } = await preparePartitions(t)
  const owned = ownedBy('one')
  await owned.ensureOwned(never)
  await owned.markInFlight(inFlight)
  await db.sql`alter table consumer_partitions rename to gone`
  owned.disown()
  await owned.release(AbortSignal.timeout(100))
  await db.sql`alter table gone rename to consumer_partitions`
  t.strictSame(await marks(), ['10'])
  t.match(lines, [{ level: 'warn', message: /^what was in flight cannot be cleared/, bindings: place }])
  await owned.release(never)
  t.strictSame(await marks(), [null])
})

t.test('whoever loses the partition while it waits for the consumer before does not take it over', { buffered: true }, async (t) => {
  const { db, ownedBy } = await preparePartitions(t)
  const before = ownedBy('before')
  await before.ensureOwned(never)
  await before.markInFlight(inFlight)
  const losing = new AbortController()
  const taking = ownedBy('after').ensureOwned(losing.signal)
  losing.abort(new Error('lost'))
  await t.rejects(taking, /lost/)
  t.equal((await db.sql`select from consumer_partitions where owner = 'before'`).length, 1)
  await until(() => before.markInFlight(inFlight), { timeoutMs, what: 'it goes on' })
})

t.test('a state that cannot be read is an error in the log, and the partition goes on without', { buffered: true }, async (t) => {
  const { db, ownedBy, lines } = await preparePartitions(t)
  const before = ownedBy('before')
  await before.ensureOwned(never)
  await before.markInFlight(inFlight)
  await db.sql`update consumer_partitions set retry_state = '{"offset": "ten"}'`
  const after = ownedBy('after')
  await after.ensureOwned(never)
  t.match(after.current(), { offset: 10, attempts: 0, crashes: 1 }, 'what was in flight is in columns of its own')
  t.match(
    lines.filter(({ level }) => level === 'error'),
    [{ message: /^the retry state of a partition cannot be read/, bindings: { ...place, fault: /^\/attempts: / } }],
  )
  await after.save(null)
  const next = ownedBy('next')
  await next.ensureOwned(never)
  t.equal(lines.filter(({ level }) => level === 'error').length, 1, 'said once: the state is written anew')
})

t.test('releasing goes on until the database can be told', { buffered: true }, async (t) => {
  const { url, ownedBy, marks, lines } = await preparePartitions(t)
  // What is sent over one connection comes in order.
  const db = connect(t, url, 1)
  const owned = ownedBy('one', {}, db)
  await owned.ensureOwned(never)
  await owned.markInFlight(inFlight)
  await db.sql`alter table consumer_partitions rename to gone`
  const released = owned.release(never)
  await t.rejects(marks(), /does not exist/)
  await t.rejects(db.sql`select from consumer_partitions`, /does not exist/, 'the first try was refused as well')
  await db.sql`alter table gone rename to consumer_partitions`
  await released
  t.strictSame(await marks(), [null])
  t.strictSame(lines, [])
})

t.test(
  'the pause before the next attempt goes on in the next owner, for no longer than the longest there is',
  { buffered: true },
  async (t) => {
    const { ownedBy } = await preparePartitions(t)
    const failed = (retryAt: number): RetryState => ({ offset: 10, attempts: 2, crashes: 0, singleThrough: 14, sharedCrashes: 0, retryAt })
    const hourMs = 3_600_000
    for (const [retryAt, least, most] of [
      [steadyNow() + longestPauseMs / 2, 1, longestPauseMs / 2],
      // By a clock that is ahead.
      [steadyNow() + hourMs, longestPauseMs / 2, longestPauseMs],
      [steadyNow() - hourMs, 0, 0],
    ] as const) {
      const before = ownedBy('before')
      await before.ensureOwned(never)
      await before.save({ ...failed(retryAt), offset: 5, singleThrough: 5, later: failed(retryAt) })
      const after = ownedBy('after')
      await after.ensureOwned(never)
      for (const offset of [5, 10]) {
        const left = after.pauseLeft(offset)
        t.ok(left >= least && left <= most, `${left} ms`)
      }
      for (const offset of [4, 6, 11, 15]) t.equal(after.pauseLeft(offset), 0, 'another record waits for nothing')
    }
  },
)

t.test(
  'a process that was halted and takes its partition back does not have its next owner counted as crashed',
  { buffered: true },
  async (t) => {
    const { ownedBy, found } = await preparePartitions(t)
    const [halted, next] = [ownedBy('halted'), ownedBy('next')]
    await halted.ensureOwned(never)
    await halted.markInFlight(inFlight)
    await next.ensureOwned(never)
    t.equal(next.at(10).crashes, 1, 'the halt looks like a crash')
    await next.markInFlight({ first: 10, last: 10 })
    await t.rejects(halted.save(null), TakenOverError)
    // As both do while each of them believes to have the partition.
    for (const [loser, winner] of [
      [next, halted],
      [halted, next],
      [next, halted],
    ] as const) {
      winner.disown()
      await winner.ensureOwned(never)
      t.equal(winner.at(10).crashes, 1)
      await winner.markInFlight({ first: 10, last: 10 })
      t.equal(await loser.markInFlight({ first: 10, last: 10 }), false)
    }
    t.equal(found().length, 1)
    await halted.save(halted.current())
    const after = ownedBy('after')
    await after.ensureOwned(never)
    t.equal(after.at(10).crashes, 1)
  },
)

t.test(
  'a consumer that lost its partition while it was idle counts the crash of whoever had it meanwhile',
  { buffered: true },
  async (t) => {
    const { ownedBy, found } = await preparePartitions(t)
    const [idle, crashed] = [ownedBy('idle'), ownedBy('crashed')]
    await idle.ensureOwned(never)
    await idle.markInFlight({ first: 9, last: 9 })
    await idle.save(null)
    await crashed.ensureOwned(never)
    await crashed.markInFlight({ first: 10, last: 10 })
    t.equal(await idle.markInFlight(inFlight), false)
    t.equal(idle.wasLostIdle(), true)
    await idle.ensureOwned(never)
    t.equal(idle.at(10).crashes, 1)
    t.strictSame(found(), [{ ...place, offset: 10, lastOffset: 10, crashes: 1, crashesAtMost }])
  },
)

t.test(
  'what could not be cleared during an outage is cleared once that is over, while others may have the partition',
  { buffered: true },
  async (t) => {
    const { url, db: direct, ownedBy, marks, found } = await preparePartitions(t)
    // What is sent over one connection comes in order.
    const db = connect(t, url, 1)
    const owned = ownedBy('one', {}, db)
    await owned.ensureOwned(never)
    await owned.markInFlight(inFlight)
    await direct.sql`alter table consumer_partitions rename to gone`
    owned.disown()
    for (let n = 0; n < 3; n++) await t.rejects(db.sql`select from consumer_partitions`, /does not exist/)
    await direct.sql`alter table gone rename to consumer_partitions`
    const next = ownedBy('next')
    await next.ensureOwned(never)
    t.equal(next.at(10).crashes, 0)
    t.strictSame(found(), [])
    t.strictSame(await marks(), [null])
  },
)
