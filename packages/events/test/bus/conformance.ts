import { randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import type { Test } from 'tap'
import { partitionsPerTopic, UnknownTopicError } from '../../src/bus/bus.ts'
import { partitionOf } from '../../src/bus/partitioner.ts'
import { collect, nextOf, textOf } from '../fixtures/collector.ts'
import { recordingLogger } from '../fixtures/logger.ts'
import { keyOf, message, numbers } from '../fixtures/messages.ts'
import { lagConformance } from './lag-conformance.ts'
import { readConformance } from './read-conformance.ts'
import { type OpenBus, startBus } from './start-bus.ts'

export type BusFactory = (t: Test) => Promise<OpenBus>

const timeoutMs = 30_000

/** What every bus must hold to. */
export async function busConformance(t: Test, prepare: BusFactory): Promise<void> {
  const open = await prepare(t)

  const start = (t: Test) => startBus(t, open)

  await t.test('a record comes out as it went in: key, bytes, headers, partition', async (t) => {
    const { bus, topic, group } = await start(t)
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const sent = { topic, key: everyByte, value: everyByte, headers: { plain: Buffer.from('text'), odd: everyByte, none: Buffer.alloc(0) } }
    const before = Date.now()
    await bus.publish([sent])
    const { records } = await collect(bus, { group, topics: [topic] })
    await until(() => records.length === 1, { timeoutMs, what: 'the record' })
    t.match(records[0], { topic, partition: partitionOf(everyByte, partitionsPerTopic), offset: 0 })
    t.strictSame([records[0]?.key, records[0]?.value, records[0]?.headers], [sent.key, sent.value, sent.headers])
    t.ok(Math.abs((records[0]?.storedAt.getTime() ?? 0) - before) < 60_000, 'stored about now')
  })

  await t.test('a record without key and value goes through', async (t) => {
    const { bus, topic, group } = await start(t)
    await bus.publish([{ topic, key: null, value: null, headers: {} }])
    const { records } = await collect(bus, { group, topics: [topic] })
    await until(() => records.length === 1, { timeoutMs, what: 'the record' })
    t.match(records[0], { key: null, value: null, headers: {} })
  })

  await t.test('messages of one key keep their order within a call and across calls', async (t) => {
    const { bus, topic, group } = await start(t)
    const { records } = await collect(bus, { group, topics: [topic] })
    const keys = Array.from({ length: partitionsPerTopic }, (_, partition) => keyOf(partition))
    for (let call = 0; call < 20; call++) {
      await bus.publish(numbers(10, call * 10).flatMap((value) => keys.map((key) => message(topic, key, value))))
    }
    await until(() => records.length === keys.length * 200, { timeoutMs, what: 'all records' })
    for (const key of keys) {
      const own = records.filter((record) => String(record.key) === key)
      t.strictSame(own.map(textOf), numbers(200), `order of ${key}`)
      t.strictSame(
        own.map((record) => String(record.offset)),
        numbers(200),
        `offsets of ${key}`,
      )
    }
  })

  await t.test('concurrent publishers lose nothing, double nothing, and keep the order of their keys', async (t) => {
    const { bus, topic, group } = await start(t)
    const other = open()
    t.teardown(() => other.close())
    const { records } = await collect(bus, { group, topics: [topic] })
    await Promise.all(
      numbers(16).map(async (publisher) => {
        for (const value of numbers(50)) await (Number(publisher) % 2 ? bus : other).publish([message(topic, publisher, value)])
      }),
    )
    await until(() => records.length >= 800, { timeoutMs, what: 'all records' })
    const inOrder = numbers(16).filter((publisher) => {
      const values = records.filter((record) => String(record.key) === publisher).map(textOf)
      return values.join() === numbers(50).join()
    })
    t.strictSame(inOrder, numbers(16))
    const offsets = Map.groupBy(records, (record) => record.partition)
    for (const [partition, own] of offsets) {
      t.strictSame(
        own.map((record) => String(record.offset)),
        numbers(own.length),
        `partition ${partition}: offsets without gap`,
      )
    }
  })

  await t.test('a new group begins with the earliest record, and groups do not share', async (t) => {
    const { bus, topic, group } = await start(t)
    await bus.publish(numbers(30).map((value) => message(topic, value, value)))
    const first = await collect(bus, { group, topics: [topic] })
    await until(() => first.records.length === 30, { timeoutMs, what: 'records of the first group' })
    const second = await collect(bus, { group: `${group}-other`, topics: [topic] })
    await until(() => second.records.length === 30, { timeoutMs, what: 'records of the second group' })
    await bus.publish([message(topic, 'a', '30')])
    await until(() => first.records.length === 31 && second.records.length === 31, { timeoutMs, what: 'the last record in both' })
    t.strictSame(first.records.map(textOf).sort(), second.records.map(textOf).sort())
  })

  await t.test('a group goes on where it stopped, also in another process', async (t) => {
    const { bus, topic, group } = await start(t)
    const before = await collect(bus, { group, topics: [topic] })
    await bus.publish(numbers(100).map((value) => message(topic, value, value)))
    await until(() => before.records.length === 100, { timeoutMs, what: 'records before the restart' })
    await bus.close()

    const again = open()
    t.teardown(() => again.close())
    const after = await collect(again, { group, topics: [topic] })
    await again.publish(numbers(20, 100).map((value) => message(topic, value, value)))
    await until(() => after.records.length >= 20, { timeoutMs, what: 'records after the restart' })
    t.strictSame(after.records.map(textOf).sort(), numbers(20, 100).sort())
  })

  await t.test('a partition that rests comes again from its offset and holds no other', async (t) => {
    const { bus, topic, group } = await start(t)
    const [bad, good] = [keyOf(1), keyOf(2)]
    let failing = true
    const { records } = await collect(bus, {
      group,
      topics: [topic],
      decide: (batch) => (failing && batch.partition === 1 ? { next: 0, pauseMs: 200 } : { next: nextOf(batch), pauseMs: 0 }),
    })
    await bus.publish(numbers(5).flatMap((value) => [message(topic, bad, value), message(topic, good, value)]))
    const of = (key: string) => records.filter((record) => String(record.key) === key).map(textOf)
    await until(() => of(good).length === 5 && of(bad).length >= 15, { timeoutMs, what: 'the bad partition again and again' })
    t.strictSame(of(good), numbers(5), 'the other partition went on')
    t.strictSame(of(bad).slice(0, 10), [...numbers(5), ...numbers(5)], 'again from the same offset')
    failing = false
    await bus.publish([message(topic, bad, '5'), message(topic, good, '5')])
    await until(() => of(good).length === 6 && of(bad).includes('5'), { timeoutMs, what: 'the bad partition going on' })
    t.strictSame(of(bad).slice(-6), numbers(6))
  })

  await t.test('a batch can be finished in part', async (t) => {
    const { bus, topic, group } = await start(t)
    await bus.publish(numbers(10).map((value) => message(topic, 'key', value)))
    const firsts: number[] = []
    const { records } = await collect(bus, {
      group,
      topics: [topic],
      decide: (batch) => {
        firsts.push(batch.records[0]?.offset ?? -1)
        return { next: (batch.records[0]?.offset ?? 0) + 1, pauseMs: 0 }
      },
    })
    await until(() => firsts.length === 10, { timeoutMs, what: 'ten deliveries' })
    t.strictSame(firsts.map(String), numbers(10))
    t.equal(String(records.at(-1)?.value), '9')
  })

  await t.test('a delivery that rejects is repeated', async (t) => {
    const { bus, topic, group } = await start(t)
    let calls = 0
    const { records } = await collect(bus, {
      group,
      topics: [topic],
      decide: (batch) => {
        calls++
        if (calls === 1) throw new TypeError('a defect in the program')
        return { next: nextOf(batch), pauseMs: 0 }
      },
    })
    await bus.publish([message(topic, 'key', 'a')])
    await until(() => calls === 2, { timeoutMs, what: 'the second delivery' })
    t.strictSame(records.map(textOf), ['a', 'a'])
  })

  await t.test('a partition is delivered one batch at a time', async (t) => {
    const { bus, topic, group } = await start(t)
    let running = 0
    let most = 0
    const { records } = await collect(bus, {
      group,
      topics: [topic],
      decide: async (batch) => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        return { next: nextOf(batch), pauseMs: 0 }
      },
    })
    for (const value of numbers(100)) await bus.publish([message(topic, 'key', value)])
    await until(() => records.length === 100, { timeoutMs, what: 'all records' })
    t.equal(most, 1)
    t.strictSame(records.map(textOf), numbers(100))
  })

  await t.test('stopping waits for the delivery in flight and keeps what it finished', async (t) => {
    const { bus, topic, group } = await start(t)
    const gate = Promise.withResolvers<void>()
    const held = await collect(bus, {
      group,
      topics: [topic],
      decide: async (batch) => {
        await gate.promise
        return { next: nextOf(batch), pauseMs: 0 }
      },
    })
    await bus.publish([message(topic, 'key', 'a')])
    await until(() => held.records.length === 1, { timeoutMs, what: 'the delivery' })
    let stopped = false
    const stopping = held.subscription.stop().then(() => {
      stopped = true
    })
    await bus.publish([message(topic, 'key', 'b')])
    t.equal(stopped, false, 'not before the delivery ends')
    gate.resolve()
    await stopping
    const next = await collect(bus, { group, topics: [topic] })
    await until(() => next.records.length > 0, { timeoutMs, what: 'the record after' })
    t.strictSame(next.records.map(textOf), ['b'])
    t.strictSame(held.records.map(textOf), ['a'])
  })

  await t.test('topics are made once, and unknown ones are refused', async (t) => {
    const { bus, topic, group } = await start(t)
    await bus.publish([message(topic, 'key', 'a')])
    await Promise.all([bus.createTopics([topic, `${topic}.b`]), bus.createTopics([`${topic}.b`, topic])])
    const unknown = `topic.${randomUUID()}`
    await t.rejects(bus.publish([message(topic, 'key', 'b'), message(unknown, 'key', 'b')]), UnknownTopicError)
    await t.rejects(
      bus.subscribe({ group, topics: [unknown], deliver: async () => ({ next: 0, pauseMs: 0 }), logger: recordingLogger().logger }),
      UnknownTopicError,
    )
    const { records } = await collect(bus, { group, topics: [topic, `${topic}.b`] })
    await bus.publish([message(`${topic}.b`, 'key', 'c'), message(topic, 'key', 'd')])
    await until(() => records.length >= 3, { timeoutMs, what: 'the records of both topics' })
    t.strictSame(records.map(textOf).sort(), ['a', 'c', 'd'])
  })

  await t.test('publishing nothing is fine, and a ping is answered', async (t) => {
    const { bus } = await start(t)
    await t.resolves(bus.publish([]))
    await t.resolves(bus.ping())
  })

  await readConformance(t, open)
  await lagConformance(t, open)
}
