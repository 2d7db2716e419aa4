import { randomUUID } from 'node:crypto'
import { needsKafka, startTestKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { appendEvents } from '../../src/outbox/append-events.ts'
import { createRelay } from '../../src/outbox/relay.ts'
import { countUnpublished } from '../../src/outbox/unpublished.ts'
import { thingEvent } from '../fixtures/things.ts'
import { noteEffects } from './effects.ts'
import { prepare, thingIn, timeoutMs, untilEffects } from './prepare.ts'

/** What the time limits sum up to; a process has 25 s. */
const stopLimitMs = 23_000

t.test(
  'a worker stops in time while the broker hangs, with a handler that does not end, an offset to commit and an event to send',
  needsKafka,
  async (t) => {
    const kafka = await startTestKafka(t)
    const { db, bus, topic, contract, logger, metrics, consume, versions } = await prepare(t, { brokers: kafka.brokers })
    const relay = createRelay({ db, bus, contracts: [contract], logger, metrics })
    t.teardown(() => relay.stop())
    relay.start()
    const gate = Promise.withResolvers<void>()
    const endless = Promise.withResolvers<void>()
    let atWork = 0
    const consumer = await consume(async (events, tx) => {
      await noteEffects(events, tx)
      const [sequence] = events.map((event) => event.sequence)
      if (sequence === 1) return
      atWork++
      await (sequence === 2 ? gate : endless).promise
    })
    await bus.publish(versions(thingIn(0), 1))
    await untilEffects(db, 1)
    await bus.publish([...versions(thingIn(1), 1, 2), ...versions(thingIn(2), 1, 3)])
    await until(() => atWork === 2, { timeoutMs, what: 'two events at work' })
    process.kill(kafka.pid(), 'SIGSTOP')
    await appendEvents(db, [{ ...thingEvent({ thingId: randomUUID() }), type: topic }])
    relay.wake()
    const since = performance.now()
    const stopping = consumer.stop()
    gate.resolve()
    await stopping
    await relay.stop()
    await bus.close()
    const tookMs = Math.round(performance.now() - since)
    t.ok(tookMs < stopLimitMs, `stopped after ${tookMs} ms`)
    await untilEffects(db, 2)
    t.equal(await countUnpublished(db), 1, 'what was not sent waits for the next relay')
    endless.resolve()
  },
)
