import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { connect } from '../fixtures/databases.ts'
import { isDone, startConsumerProcess, untilOneSurvives } from './consumer-processes.ts'
import { effectsOf, noteEffects, type ThingReceived } from './effects.ts'
import { prepare, thingIn, thingsEverywhere, timeoutMs, untilEffects, upTo } from './prepare.ts'

t.test('an event that comes five times has one effect', async (t) => {
  const { db, bus, consume, versions, metric } = await prepare(t)
  const events = versions(thingIn(1), 20)
  await bus.publish([...events, ...events])
  await consume(noteEffects)
  for (let n = 0; n < 3; n++) await bus.publish(events)
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 80, { timeoutMs, what: '80 duplicates' })
  t.strictSame(await effectsOf(db), upTo(20))
  t.equal(await metric('crm_consumer_processed_total'), 20)
})

t.test('when all is delivered again, as after a crash before the offsets were committed, no effect is doubled', async (t) => {
  const { db, busDatabaseUrl, group, topic, open, bus, consume, versions, metric } = await prepare(t)
  await bus.publish(thingsEverywhere().flatMap((thingId) => versions(thingId, 10)))
  const before = await consume(noteEffects)
  await untilEffects(db, 60)
  await before.stop()
  await connect(t, busDatabaseUrl).sql`delete from group_offsets`
  const handled: ThingReceived[] = []
  await consume(
    async (events, tx) => {
      handled.push(...events)
      await noteEffects(events, tx)
    },
    { bus: open() },
  )
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 60, { timeoutMs, what: 'the second delivery' })
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
  t.equal((await effectsOf(db)).length, 60)
  t.strictSame(handled, [], 'the handler did not see them again')
})

t.test('afterCommit is called once the effects can be seen, and not for duplicates', async (t) => {
  const { db, bus, consume, versions, metric } = await prepare(t)
  const seen: Promise<number[]>[] = []
  await consume(noteEffects, { afterCommit: () => seen.push(effectsOf(db)) })
  const events = versions(thingIn(1), 1)
  await bus.publish(events)
  await until(async () => (await metric('crm_consumer_processed_total')) === 1, { timeoutMs, what: 'the effect' })
  await bus.publish(events)
  await until(async () => (await metric('crm_consumer_duplicates_total')) === 1, { timeoutMs, what: 'the duplicate' })
  t.strictSame(await Promise.all(seen), [[1]])
})

t.test('an afterCommit that throws neither ends the consumer nor doubles an effect', async (t) => {
  const { db, bus, group, topic, consume, versions } = await prepare(t)
  let calls = 0
  await consume(noteEffects, {
    afterCommit() {
      calls++
      throw new TypeError('a defect')
    },
  })
  await bus.publish(versions(thingIn(1), 3))
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'the offset' })
  t.equal(calls, 1)
  t.strictSame(await effectsOf(db), upTo(3))
})

t.test('a handler gets batches, and only events of its contracts, typed', async (t) => {
  const { bus, consume, versions } = await prepare(t)
  const sizes: number[] = []
  const notes = new Set<string>()
  await bus.publish(versions(thingIn(1), 1_000))
  await consume(async (events) => {
    sizes.push(events.length)
    for (const event of events) notes.add(event.payload.note)
  })
  await until(() => sizes.reduce((sum, size) => sum + size, 0) === 1_000, { timeoutMs, what: 'all events' })
  t.strictSame(sizes, [500, 500])
  t.strictSame([...notes], ['changed'])
})

t.test('a process killed between the commit of the effects and that of the offset doubles no effect, and blames no event', async (t) => {
  const prepared = await prepare(t)
  const { db, bus, versions, deadLetters } = prepared
  const thingId = thingIn(1)
  // One after the other, each at the end of its first batch with something new.
  for (let n = 0; n < 2; n++) {
    await bus.publish(versions(thingId, 5, 5 * n + 1))
    const started = await startConsumerProcess(t, prepared, { failpoint: 'consumer.committed' })
    t.match(await started.process.exited, { signal: 'SIGKILL' })
    t.strictSame(started.handled(), [upTo(5 * n + 5).slice(-5)], 'only what is new')
    t.equal((await effectsOf(db)).length, 5 * n + 5)
  }
  const [survivor] = await untilOneSurvives(t, prepared, () => isDone(prepared, 10))
  t.strictSame(survivor?.handled(), [], 'its handler saw none of them')
  t.strictSame(survivor?.warnings(), [])
  t.strictSame(await effectsOf(db), upTo(10))
  t.strictSame(await deadLetters(), [])
})
