import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { partitionsPerTopic } from '../../src/bus/bus.ts'
import { startConsumerProcess } from './consumer-processes.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { prepare, thingIn, thingsEverywhere, timeoutMs, untilEffects, upTo } from './prepare.ts'

// They wait for processes most of the time.
t.jobs = 3

const unclean = /ended without finishing/

t.test(
  'a process halted amid a handler, which wakes after its partition has moved, counts as one crash and takes no event with it (Kafka)',
  { ...needsKafka, buffered: true },
  async (t) => {
    const prepared = await prepare(t, { brokers: await testKafka() })
    const { db, bus, group, topic, message, versions, consume, deadLetters, lines } = prepared
    const thingId = thingIn(1)
    await bus.publish([message({ thingId, note: 'hang' })])
    const halted = await startConsumerProcess(t, prepared, { stopPatienceMs: 100 })
    await until(() => halted.handled().length === 1, { timeoutMs, what: 'the handler' })
    process.kill(halted.process.pid, 'SIGSTOP')
    const gate = Promise.withResolvers<void>()
    let calls = 0
    await consume(async (events, tx) => {
      calls++
      if (calls === 1) await gate.promise
      await noteEffects(events, tx)
    })
    await until(() => calls === 1, { timeoutMs, what: 'the partition in its next consumer' })
    process.kill(halted.process.pid, 'SIGCONT')
    await until(() => halted.warnings().length > 0, { timeoutMs, what: 'that it lost its partition' })
    gate.resolve()
    await untilEffects(db, 1)
    await bus.publish(versions(thingId, 2, 2))
    await untilEffects(db, 3)
    t.strictSame(await effectsOf(db), [1, 2, 3])
    await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
    const counted = [...lines.map((line) => line.message), ...halted.warnings()].filter((line) => unclean.test(line))
    t.ok(counted.length <= 1, `${counted.length} crashes counted`)
    t.strictSame(await deadLetters(), [])
    t.strictSame(await halted.process.stop('SIGTERM'), { code: 0, signal: null })
  },
)

t.test(
  'partitions that move from a consumer that lives, amid its handlers, count for nothing, and go on where they are (Kafka)',
  { ...needsKafka, buffered: true },
  async (t) => {
    const { db, bus, open, consume, message, versions, lines, deadLetters } = await prepare(t, { brokers: await testKafka() })
    const things = thingsEverywhere()
    const atWork = new Set<number>()
    let calls = 0
    const before = await consume(
      async ([event]) => {
        calls++
        atWork.add(event?.partition ?? -1)
        await new Promise(() => {})
      },
      { bus: open(), stopPatienceMs: 100 },
    )
    await bus.publish(things.map((thingId) => message({ thingId })))
    await until(() => atWork.size === partitionsPerTopic, { timeoutMs, what: 'a handler in every partition' })
    await consume(noteEffects, { bus: open() })
    await untilEffects(db, partitionsPerTopic / 2)
    t.equal((await effectsOf(db)).length, partitionsPerTopic / 2, 'half of them have moved')
    await before.stop()
    await bus.publish(things.flatMap((thingId) => versions(thingId, 2, 2)))
    await untilEffects(db, 3 * partitionsPerTopic)
    for (const thingId of things) t.strictSame(await effectsOf(db, thingId), [1, 2, 3])
    t.equal(calls, partitionsPerTopic)
    t.strictSame([...(await db.sql`select from consumer_partitions where retry_state is not null`)], [])
    t.strictSame(await deadLetters(), [])
    const warnings = lines.filter(({ level }) => level === 'warn').map((line) => line.message)
    t.ok(warnings.includes('consumer lost a partition while it handled events of it; they are delivered again'))
    t.ok(warnings.includes('consumer was stopped while it handled events of it; they are delivered again'))
    t.strictSame(
      warnings.filter((line) => unclean.test(line) || /crash/.test(line)),
      [],
      'nobody took another for crashed',
    )
  },
)

t.test(
  'a consumer whose partition was had by another while it was idle goes on at once, without a warning',
  { buffered: true },
  async (t) => {
    const { db, bus, consume, versions, lines, metric } = await prepare(t)
    const thingId = thingIn(1)
    await consume(noteEffects)
    await bus.publish(versions(thingId, 1))
    await untilEffects(db, 1)
    // As whoever has it leaves it.
    await db.sql`update consumer_partitions set owner = 'another'`
    await bus.publish(versions(thingId, 2, 2))
    await untilEffects(db, 3)
    t.strictSame(await effectsOf(db), upTo(3))
    t.equal(await metric('crm_consumer_interrupted_total'), 0)
    t.strictSame(
      lines.filter(({ level }) => level === 'warn' || level === 'error'),
      [],
    )
  },
)
