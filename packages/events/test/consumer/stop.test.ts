import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { effectsOf, noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

t.test('stopping waits for the handler at work, whose effects count', async (t) => {
  const { db, bus, group, topic, consume, versions } = await prepare(t)
  const gate = Promise.withResolvers<void>()
  let calls = 0
  const running = await consume(async (events, tx) => {
    calls++
    await gate.promise
    await noteEffects(events, tx)
  })
  await bus.publish(versions(thingIn(1), 3))
  await until(() => calls === 1, { timeoutMs, what: 'the handler' })
  let hasStopped = false
  const stopping = running.stop().then(() => {
    hasStopped = true
  })
  await bus.publish(versions(thingIn(2), 3))
  t.equal(hasStopped, false)
  gate.resolve()
  await stopping
  t.strictSame(await effectsOf(db), upTo(3))
  t.equal((await bus.lag(group, [topic])).get(topic), 3, 'what it did is committed, and nothing more was begun')
  t.equal(calls, 1)
})

t.test('stopping amid events that are handled one by one begins no other, and keeps what is done', async (t) => {
  const { db, bus, group, topic, consume, versions } = await prepare(t)
  const gate = Promise.withResolvers<void>()
  const handled: unknown[] = []
  const running = await consume(async (events, tx) => {
    if (events.length > 1) throw new Error('not together')
    handled.push(events[0]?.sequence)
    if (handled.length === 3) await gate.promise
    await noteEffects(events, tx)
  })
  await bus.publish(versions(thingIn(1), 10))
  await until(() => handled.length === 3, { timeoutMs, what: 'the third' })
  const stopping = running.stop()
  gate.resolve()
  await stopping
  t.strictSame(handled, [1, 2, 3])
  t.strictSame(await effectsOf(db), [1, 2, 3])
  t.equal((await bus.lag(group, [topic])).get(topic), 7)
})

t.test('stopping tells a preparation that takes too long by its signal, and waits no longer', async (t) => {
  const { db, bus, consume, versions, metric } = await prepare(t)
  let signal: AbortSignal | undefined
  const running = await consume(
    {
      async prepare(_, given) {
        signal = given
        return await new Promise<never>(() => {})
      },
    },
    { stopPatienceMs: 50 },
  )
  await bus.publish(versions(thingIn(1), 1))
  await until(() => signal, { timeoutMs, what: 'the preparation' })
  t.equal(signal?.aborted, false)
  await running.stop()
  t.match(signal?.reason, { name: 'StoppedError' })
  t.equal(await metric('crm_consumer_failed_total'), 0)
  await consume(noteEffects)
  await untilEffects(db, 1)
  t.strictSame(await effectsOf(db), [1])
})

t.test('stopping does not wait for a partition that rests', async (t) => {
  const { bus, consume, versions, lines } = await prepare(t)
  const running = await consume(() => Promise.reject(new Error('always')), { retry: { baseMs: 600_000, maxMs: 600_000 } })
  await bus.publish(versions(thingIn(1), 1))
  await until(() => lines.some(({ level }) => level === 'error'), { timeoutMs, what: 'the failure' })
  await running.stop()
  t.pass('it has stopped')
})
