import { testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { effectsOf, noteEffects } from './effects.ts'
import { onBothBuses } from './on-buses.ts'
import { prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

t.jobs = 2

onBothBuses(testKafka, 'no more events are handled together than a consumer wants, each once and in order', async (t, place) => {
  const { db, bus, group, topic, consume, versions } = await prepare(t, place)
  const sizes: number[] = []
  await bus.publish(versions(thingIn(1), 100))
  await consume({
    batchSize: 7,
    async handle(events, tx) {
      sizes.push(events.length)
      await noteEffects(events, tx)
    },
  })
  await untilEffects(db, 100)
  t.strictSame(await effectsOf(db), upTo(100))
  t.equal(Math.max(...sizes), 7)
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
})

t.test('without a wish, a handler gets as many as came, and a preparation ten', async (t) => {
  const { db, bus, contract, consume, versions } = await prepare(t)
  await bus.publish(versions(thingIn(1), 100))
  const handled: number[] = []
  const prepared: number[] = []
  await consume(async (events, tx) => {
    handled.push(events.length)
    await noteEffects(events, tx)
  })
  await consume(noteEffects, {
    definition: {
      group: 'other-worker.note-things',
      on: [contract],
      async prepare(events) {
        prepared.push(events.length)
        return noteEffects
      },
    },
  })
  await untilEffects(db, 200)
  t.strictSame(handled, [100])
  t.strictSame(prepared, Array(10).fill(10))
})

t.test('a batch that fails is handled one by one, and those behind it together again', async (t) => {
  const { db, bus, consume, versions } = await prepare(t)
  const calls: number[][] = []
  await bus.publish(versions(thingIn(1), 9))
  await consume({
    batchSize: 3,
    async handle(events, tx) {
      const all = events.map(({ sequence }) => sequence ?? 0)
      calls.push(all)
      if (all.length > 1 && all.includes(5)) throw new Error('not together')
      await noteEffects(events, tx)
    },
  })
  await untilEffects(db, 9)
  t.strictSame(calls, [[1, 2, 3], [4, 5, 6], [4], [5], [6], [7, 8, 9]])
})
