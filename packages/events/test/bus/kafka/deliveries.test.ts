import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { collect, nextOf, textOf } from '../../fixtures/collector.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000
const slowMs = 15_000

t.test('a handler slower than the session timeout keeps its partitions, and other partitions go on', needsKafka, async (t) => {
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  const [slow, quick] = [keyOf(1), keyOf(2)]
  const signals: AbortSignal[] = []
  const { records, lines } = await collect(bus, {
    group,
    topics: [topic],
    decide: async (batch) => {
      if (batch.partition === 1) {
        signals.push(batch.signal)
        if (signals.length === 1) await sleep(slowMs)
      }
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  const of = (key: string) => records.filter((record) => String(record.key) === key).map(textOf)
  await bus.publish([message(topic, slow, 'slow')])
  await until(() => signals.length === 1, { timeoutMs, what: 'the slow delivery' })
  for (const value of numbers(20)) await bus.publish([message(topic, quick, value)])
  await until(() => of(quick).length === 20, { timeoutMs: slowMs - 5_000, what: 'the other partition, meanwhile' })
  t.strictSame(of(quick), numbers(20))
  await bus.publish([message(topic, slow, 'after')])
  await until(() => of(slow).includes('after'), { timeoutMs, what: 'the record after the slow one' })
  t.strictSame(of(slow), ['slow', 'after'], 'delivered once: the partition was never lost')
  t.strictSame(
    signals.map((signal) => signal.aborted),
    [false, false],
  )
  t.strictSame(
    lines.filter((line) => line.level !== 'debug'),
    [],
    'nothing to warn of',
  )
})

t.test('a handler that throws a TypeError and its like does not end the consumer', needsKafka, async (t) => {
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  const defects = [TypeError, SyntaxError, RangeError, ReferenceError]
  let calls = 0
  const { records, lines } = await collect(bus, {
    group,
    topics: [topic],
    decide: (batch) => {
      const Defect = defects[calls++]
      if (Defect) throw new Defect('a defect in the program')
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await bus.publish([message(topic, 'key', 'a')])
  await until(() => calls === defects.length + 1, { timeoutMs, what: 'the delivery after the defects' })
  await bus.publish([message(topic, 'key', 'b')])
  await until(() => records.map(textOf).includes('b'), { timeoutMs, what: 'the next record' })
  t.strictSame(records.map(textOf), ['a', 'a', 'a', 'a', 'a', 'b'])
  t.equal(lines.filter((line) => line.level === 'error').length, defects.length, 'each was logged')
})

t.test('an idle consumer and producer neither warn nor burn CPU', needsKafka, async (t) => {
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  const warnings: string[] = []
  const note = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const { records } = await collect(bus, { group, topics: [topic] })
  await bus.publish([message(topic, 'key', 'a')])
  await until(() => records.length === 1, { timeoutMs, what: 'the record' })
  let timers = 0
  const original = globalThis.setTimeout
  globalThis.setTimeout = Object.assign((...args: Parameters<typeof original>) => {
    timers++
    return original(...args)
  }, original)
  await sleep(3_000)
  globalThis.setTimeout = original
  t.strictSame(warnings, [])
  t.ok(timers < 300, `${timers} timers were set in 3 s; a loop of 1 ms would set 3,000 for each connection`)
})

t.test('a bus that was closed while a partition rests keeps no process alive', needsKafka, async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const before = await until(timers, { timeoutMs, what: 'a timer: that of waiting itself' })
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  await bus.publish([message(topic, 'key', 'a')])
  const { records } = await collect(bus, { group, topics: [topic], decide: () => ({ next: 0, pauseMs: 60_000 }) })
  await until(() => records.length === 1, { timeoutMs, what: 'the record' })
  await bus.close()
  await t.resolves(until(() => timers() <= before, { timeoutMs, what: 'no timer of the bus' }))
})
