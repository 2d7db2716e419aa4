import { randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import type { Test } from 'tap'
import { type Bus, type BusRecord, partitionsPerTopic, UnknownTopicError } from '../../src/bus/bus.ts'
import { collect, textOf } from '../fixtures/collector.ts'
import { keyOf, message, numbers } from '../fixtures/messages.ts'
import { type OpenBus, startBus } from './start-bus.ts'

const timeoutMs = 30_000
const keys = Array.from({ length: partitionsPerTopic }, (_, partition) => keyOf(partition))

async function readAll(bus: Bus, topic: string): Promise<BusRecord[]> {
  const all: BusRecord[] = []
  await bus.read(topic, (records) => void all.push(...records))
  return all
}

/** What every bus must hold to when its topics are listed and read. */
export async function readConformance(t: Test, open: OpenBus): Promise<void> {
  await t.test('topics are listed in alphabetical order, without those of a broker', async (t) => {
    const { bus, group } = await startBus(t, open)
    const prefix = `topic.${randomUUID()}`
    const names = [`${prefix}.B`, `${prefix}.a`, `${prefix}-a`, `${prefix}.aB`, `${prefix}_a`, `${prefix}.a-b`]
    await bus.createTopics(names)
    // By now the brokers of a group keep topics of their own.
    await collect(bus, { group, topics: [`${prefix}.a`] })
    const listed = await bus.listTopics()
    t.strictSame(
      listed.filter((name) => name.startsWith(prefix)),
      names.sort(),
    )
    t.strictSame(listed, listed.toSorted())
    t.notOk(listed.some((name) => name.startsWith('__')))
  })

  await t.test('a topic is read whole: each record as it went in, in the order of its partition', async (t) => {
    const { bus, topic } = await startBus(t, open)
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const odd = { topic, key: null, value: everyByte, headers: { odd: everyByte, none: Buffer.alloc(0) } }
    await bus.publish([odd, ...keys.flatMap((key) => numbers(200).map((value) => message(topic, key, value)))])
    const records = await readAll(bus, topic)
    t.equal(records.length, 1 + keys.length * 200)
    for (const [partition, key] of keys.entries()) {
      const own = records.filter((record) => record.partition === partition)
      t.strictSame(
        own.map((record) => String(record.offset)),
        numbers(own.length),
        `offsets of partition ${partition}`,
      )
      t.strictSame(own.filter((record) => String(record.key) === key).map(textOf), numbers(200), `values of partition ${partition}`)
    }
    const first = records.find((record) => record.key === null)
    t.match(first, { topic, partition: 0, offset: 0 })
    t.strictSame([first?.value, first?.headers], [odd.value, odd.headers])
    t.ok(Math.abs((first?.storedAt.getTime() ?? 0) - Date.now()) < 60_000, 'stored about now')
  })

  await t.test('a topic that is empty is read at once, and one that does not exist is refused', async (t) => {
    const { bus, topic } = await startBus(t, open)
    let calls = 0
    await bus.read(topic, () => void calls++)
    t.equal(calls, 0)
    const unknown = `topic.${randomUUID()}`
    await t.rejects(
      bus.read(unknown, () => {}),
      UnknownTopicError,
    )
    t.notOk((await bus.listTopics()).includes(unknown), 'asking did not make it')
  })

  await t.test('reading takes nothing from a group and gives what the group has done', async (t) => {
    const { bus, topic, group } = await startBus(t, open)
    await bus.publish(numbers(30).map((value) => message(topic, value, value)))
    const before = await collect(bus, { group, topics: [topic] })
    await until(() => before.records.length === 30, { timeoutMs, what: 'the records of the group' })
    await before.subscription.stop()
    await bus.publish(numbers(30, 30).map((value) => message(topic, value, value)))
    const other = open()
    t.teardown(() => other.close())
    const [first, second] = await Promise.all([readAll(bus, topic), readAll(other, topic)])
    for (const read of [first, second]) t.strictSame(read.map(textOf).sort(), numbers(60).sort())
    const after = await collect(bus, { group, topics: [topic] })
    await until(() => after.records.length >= 30, { timeoutMs, what: 'the rest of the group' })
    t.strictSame(after.records.map(textOf).sort(), numbers(30, 30).sort())
  })

  await t.test('records that are published while a topic is read are left out', async (t) => {
    const { bus, topic } = await startBus(t, open)
    // More than a broker gives or takes at once: what is fetched last has late records in it.
    const filling = 'x'.repeat(300_000)
    for (const value of numbers(5)) await bus.publish(keys.map((key, n) => message(topic, key, n === 0 ? value + filling : value)))
    const read: BusRecord[] = []
    await bus.read(topic, async (records) => {
      await bus.publish(keys.map((key) => message(topic, key, 'late')))
      read.push(...records)
    })
    const valuesOf = (key: string) =>
      read.filter((record) => String(record.key) === key).map((record) => textOf(record).replaceAll('x', ''))
    for (const key of keys) t.strictSame(valuesOf(key), numbers(5), key)
  })

  await t.test('a slow reader gets one call at a time, and none without records', async (t) => {
    const { bus, topic } = await startBus(t, open)
    await bus.publish(keys.flatMap((key) => numbers(50).map((value) => message(topic, key, value))))
    let running = 0
    const seen: { running: number; records: number }[] = []
    await bus.read(topic, async (records) => {
      seen.push({ running: ++running, records: records.length })
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      running--
    })
    t.equal(running, 0, 'the last call was waited for')
    t.equal(
      seen.reduce((sum, { records }) => sum + records, 0),
      keys.length * 50,
    )
    t.notOk(seen.some((call) => call.running > 1 || call.records === 0))
  })

  for (const [how, fail] of [
    [
      'throws',
      (error: Error) => {
        throw error
      },
    ],
    [
      'rejects',
      async (error: Error) => {
        throw error
      },
    ],
  ] as const) {
    await t.test(`a reader that ${how} ends the reading with that very error`, async (t) => {
      const { bus, topic } = await startBus(t, open)
      await bus.publish(keys.map((key) => message(topic, key, 'a')))
      for (const error of [new TypeError('a defect in the program'), new Error('no more')]) {
        let calls = 0
        const reading = bus.read(topic, () => {
          calls++
          return fail(error)
        })
        t.equal(await reading.catch((thrown: unknown) => thrown), error)
        t.equal(calls, 1, 'nothing is given afterwards')
      }
      t.equal((await readAll(bus, topic)).length, keys.length, 'the next reading begins anew')
    })
  }

  await t.test('closing the bus ends a reading', async (t) => {
    const { bus, topic } = await startBus(t, open)
    await bus.publish(keys.map((key) => message(topic, key, 'a')))
    let closing: Promise<void> | undefined
    const reading = bus.read(topic, () => {
      closing ??= bus.close()
    })
    await t.rejects(reading, /the bus is closed/)
    await closing
  })
}
