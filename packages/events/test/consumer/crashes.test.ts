import { testKafka } from '@crm/testing/kafka.ts'
import t from 'tap'
import { isDone, partitionRow, untilOneSurvives } from './consumer-processes.ts'
import { effectsOf } from './effects.ts'
import { onBothBuses } from './on-buses.ts'
import { headersOf, prepare, thingIn, upTo } from './prepare.ts'

// They wait for each other most of the time: for processes to start, and for those that crashed to be missed.
t.jobs = 3

onBothBuses(
  testKafka,
  'an event amid a batch of 100 that crashes the process is given up after three crashes; the rest is processed once',
  async (t, place) => {
    const prepared = await prepare(t, place)
    const { db, bus, group, topic, message, versions, deadLetters } = prepared
    const [fatal, calm] = [thingIn(1), thingIn(2)]
    const killer = message({ thingId: fatal, version: 50, note: 'kill' })
    await bus.publish([...versions(fatal, 49), killer, ...versions(fatal, 50, 51), ...versions(calm, 100, 1_001)])
    const [first, second, third, survivor, ...more] = await untilOneSurvives(t, prepared, () => isDone(prepared, 199))
    t.strictSame(more, [], 'it crashes three times')
    t.strictSame(
      await effectsOf(db, fatal),
      upTo(100).filter((version) => version !== 50),
    )
    t.strictSame(
      await effectsOf(db, calm),
      upTo(100).map((version) => version + 1_000),
    )
    const fatalOf = (handled: number[][] = []) => handled.filter(([version = 0]) => version <= 100)
    t.ok(
      fatalOf(first?.handled()).some((versions) => versions.includes(50) && versions.length > 1),
      'at first amid others',
    )
    t.strictSame(
      fatalOf(second?.handled()),
      upTo(50).map((version) => [version]),
      'then in single steps',
    )
    t.strictSame(fatalOf(third?.handled()), [[50]], 'then alone')
    t.strictSame(
      fatalOf(survivor?.handled()),
      upTo(50).map((n) => [n + 50]),
      'then no more; those that were in flight with it alone',
    )
    const [letter, ...others] = await deadLetters()
    t.strictSame(others, [])
    t.match(letter && headersOf(letter), {
      ce_id: String(killer.headers.ce_id),
      dlq_topic: topic,
      dlq_group: group,
      dlq_partition: '1',
      dlq_offset: '49',
      dlq_attempts: '3',
      dlq_error_class: 'ProcessCrash',
      dlq_reason: 'the process crashed 3 times while it handled this record',
    })
    t.match(await partitionRow(prepared, 1), { first: null, last: null, crashes: null }, 'nothing is remembered any more')
  },
)

t.test('of two events in one batch that crash the process both are given up, and no other', { buffered: true }, async (t) => {
  const prepared = await prepare(t)
  const { db, bus, message, versions, deadLetters } = prepared
  const thingId = thingIn(1)
  const kill = (version: number) => message({ thingId, version, note: 'kill' })
  await bus.publish([...versions(thingId, 9), kill(10), ...versions(thingId, 4, 11), kill(15), ...versions(thingId, 5, 16)])
  const processes = await untilOneSurvives(t, prepared, () => isDone(prepared, 18))
  t.strictSame(
    await effectsOf(db),
    upTo(20).filter((version) => version !== 10 && version !== 15),
  )
  t.match((await deadLetters()).map(headersOf), [{ dlq_offset: '9' }, { dlq_offset: '14' }])
  t.equal((await deadLetters()).length, 2)
  t.ok(processes.length <= 6, `after ${processes.length - 1} crashes`)
})

t.test('one that crashes the process does not take slow ones of other partitions with it', { buffered: true }, async (t) => {
  const prepared = await prepare(t)
  const { db, bus, message, versions, deadLetters } = prepared
  const [fatal, ...innocent] = [thingIn(1), thingIn(2), thingIn(3), thingIn(4)]
  await bus.publish([
    ...innocent.flatMap((thingId) => [message({ thingId, note: 'slow' }), ...versions(thingId, 3, 2)]),
    message({ thingId: fatal, note: 'kill' }),
    ...versions(fatal, 2, 2),
  ])
  const processes = await untilOneSurvives(t, prepared, () => isDone(prepared, 4 * innocent.length + 2))
  t.equal(processes.length, 4, 'it crashes three times')
  for (const thingId of innocent) t.strictSame(await effectsOf(db, thingId), upTo(4))
  t.strictSame(await effectsOf(db, fatal), [2, 3])
  t.match((await deadLetters()).map(headersOf), [{ dlq_partition: '1', dlq_offset: '0', dlq_error_class: 'ProcessCrash' }])
})

for (const { how, note } of [
  { how: 'and never ends', note: 'throw' },
  { how: 'and fails then', note: 'throw and fail' },
]) {
  t.test(
    `an event whose handler throws where nobody catches it, ${how}, has crashed the process: it is given up after three times`,
    { buffered: true },
    async (t) => {
      const prepared = await prepare(t)
      const { db, bus, message, versions, deadLetters } = prepared
      const [fatal, innocent] = [thingIn(1), thingIn(2)]
      await bus.publish([message({ thingId: fatal, note }), ...versions(fatal, 2, 2), ...versions(innocent, 3)])
      const processes = await untilOneSurvives(t, prepared, () => isDone(prepared, 5), { stopPatienceMs: 300 })
      t.equal(processes.length, 4, 'it crashes three times')
      for (const { process } of processes.slice(0, 3)) t.strictSame(await process.exited, { code: 1, signal: null })
      t.strictSame(await effectsOf(db, fatal), [2, 3])
      t.strictSame(await effectsOf(db, innocent), upTo(3))
      const letters = (await deadLetters()).map(headersOf)
      t.match(letters, [{ dlq_partition: '1', dlq_offset: '0', dlq_error_class: 'ProcessCrash', dlq_attempts: '3' }])
      t.equal(letters.length, 1)
    },
  )
}
