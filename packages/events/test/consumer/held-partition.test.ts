import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { createConsumerLog } from '../../src/consumer/consumer-log.ts'
import { TakenOverError } from '../../src/consumer/errors.ts'
import { createHeldPartition } from '../../src/consumer/held-partition.ts'
import { deathsAtMost } from '../../src/consumer/suspicion.ts'
import { openServiceDatabase } from '../fixtures/databases.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { timeoutMs } from './prepare.ts'

// They wait for those that do not answer.
t.jobs = 4

const never = new AbortController().signal
const place = { group: 'test-worker.note-things', topic: 'thing.changed', partition: 3 }
const inFlight = { first: 10, last: 14 }

async function prepareMarks(t: Test) {
  const { db } = await openServiceDatabase(t)
  const { logger, lines } = recordingLogger()
  /** The partition, or another, as one consumer has it. */
  const holder = (consumer: string, other: Partial<typeof place> = {}) => {
    const holding = { ...place, ...other, consumer }
    return createHeldPartition(db, holding, createConsumerLog(logger, holding))
  }
  const found = () => lines.filter(({ message }) => /ended without finishing/.test(message)).map(({ bindings }) => bindings)
  const marks = async () =>
    (await db.sql<{ first: string | null }[]>`select first_offset as first from deliveries`).map(({ first }) => first)
  return { db, holder, found, marks }
}

t.test('what a consumer left in flight counts as a death, for its group, topic and partition alone', { buffered: true }, async (t) => {
  const { holder, found } = await prepareMarks(t)
  const others = [{ group: 'test-worker.other' }, { topic: 'thing.seen' }, { partition: 4 }]
  for (const other of [{}, ...others]) {
    const before = holder('before', other)
    await before.ensure(never)
    if (Object.keys(other).length === 0) await before.begin(inFlight)
  }
  const [after, ...elsewhere] = [{}, ...others].map((other) => holder('after', other))
  await Promise.all([after, ...elsewhere].map((each) => each?.ensure(never)))
  t.strictSame(after?.suspicion(), { offset: 10, attempts: 0, deaths: 1, until: 14, inherited: 1 })
  t.strictSame(
    elsewhere.map((each) => each.suspicion()),
    [null, null, null],
  )
  t.strictSame(found(), [{ ...place, offset: 10, lastOffset: 14, deaths: 1, deathsAtMost }])
  const next = holder('next')
  await next.ensure(never)
  t.strictSame(next.suspicion(), after?.suspicion(), 'counted once, and known to those who come later')
})

t.test('a consumer that says within moments that it lives is no death', { buffered: true }, async (t) => {
  const { holder, found } = await prepareMarks(t)
  const [before, after] = [holder('before'), holder('after')]
  await before.ensure(never)
  await before.begin(inFlight)
  const taking = after.ensure(never)
  before.forget()
  await taking
  t.equal(after.suspicion(), null)
  t.strictSame(found(), [])
  t.equal(await after.begin(inFlight), true)
  t.equal(await before.begin(inFlight), false)
})

t.test('what a consumer itself has left in flight, over an outage, is no death', { buffered: true }, async (t) => {
  const { holder, found } = await prepareMarks(t)
  await holder('same').ensure(never)
  await holder('same').begin(inFlight)
  const again = holder('same')
  await again.ensure(never)
  t.equal(again.suspicion(), null)
  t.strictSame(found(), [])
})

t.test('a partition that was taken over is settled by its new consumer alone', { buffered: true }, async (t) => {
  const { db, holder, marks } = await prepareMarks(t)
  const [before, after] = [holder('before'), holder('after')]
  const suspicion = { offset: 10, attempts: 2, deaths: 0, until: 10, inherited: 0 }
  await before.ensure(never)
  await after.ensure(never)
  await after.settle(suspicion)
  await t.rejects(before.settle(null), TakenOverError)
  await t.rejects(
    db.transaction((tx) => before.settleIn(tx, null)),
    TakenOverError,
  )
  t.equal(before.suspicion(), null, 'what it knows is old')
  t.equal(await before.begin({ first: 10, last: 12 }), false)
  t.strictSame(await marks(), [null])
  await before.ensure(never)
  t.strictSame(before.suspicion(), suspicion, 'what it knows is what the other knew')
  t.equal(await before.begin({ first: 10, last: 10 }), true)
  t.strictSame(await marks(), ['10'])
  await t.rejects(after.settle(null), TakenOverError)
})

t.test('a consumer that lets go takes back what was in flight, and keeps what is held', { buffered: true }, async (t) => {
  const { holder, marks } = await prepareMarks(t)
  const held = holder('one')
  const suspicion = { offset: 10, attempts: 2, deaths: 1, until: 14, inherited: 1 }
  await held.ensure(never)
  await held.settle(suspicion)
  await held.begin(inFlight)
  t.strictSame(await marks(), ['10'])
  held.forget()
  await held.release()
  t.strictSame(await marks(), [null])
  await held.ensure(never)
  t.strictSame(held.suspicion(), suspicion)
})

t.test('what could not be taken back during an outage is taken back at the end', { buffered: true }, async (t) => {
  const { db, holder, marks } = await prepareMarks(t)
  const held = holder('one')
  await held.ensure(never)
  await held.begin(inFlight)
  await db.sql`alter table deliveries rename to gone`
  held.forget()
  await held.release()
  await db.sql`alter table gone rename to deliveries`
  t.strictSame(await marks(), ['10'])
  await held.release()
  t.strictSame(await marks(), [null])
})

t.test('whoever loses the partition while it waits for the consumer before does not take it over', { buffered: true }, async (t) => {
  const { db, holder } = await prepareMarks(t)
  const before = holder('before')
  await before.ensure(never)
  await before.begin(inFlight)
  const losing = new AbortController()
  const taking = holder('after').ensure(losing.signal)
  losing.abort(new Error('lost'))
  await t.rejects(taking, /lost/)
  t.equal((await db.sql`select from deliveries where consumer = 'before'`).length, 1)
  await until(() => before.begin(inFlight), { timeoutMs, what: 'it goes on' })
})
