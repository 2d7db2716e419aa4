import { createTestDatabase } from '@crm/testing/database.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { type BusRecord, partitionsPerTopic } from '../../../src/bus/bus.ts'
import { createEmbeddedBus } from '../../../src/bus/embedded/embedded-bus.ts'
import { collect, nextOf, textOf } from '../../fixtures/collector.ts'
import { connect, openBusDatabase } from '../../fixtures/databases.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'
import { dropConnections, insist } from '../../fixtures/outages.ts'

const timeoutMs = 30_000
const topic = 'thing.changed'
const group = 'test.collect'
const never = 2 ** 30

async function prepare(t: Test) {
  const { url } = await openBusDatabase(t)
  const { logger } = recordingLogger()
  const open = ({ pollMs = 50, batchSize = 100 } = {}) => {
    const db = connect(t, url)
    const bus = createEmbeddedBus({ db, logger, pollMs, batchSize })
    t.teardown(() => bus.close())
    return { bus, db }
  }
  const { bus } = open()
  await bus.createTopics([topic])
  return { url, open }
}

t.test('a group has one consumer: a second waits, says so, and goes on where the first stopped', async (t) => {
  const { open } = await prepare(t)
  const { bus } = open()
  const first = await collect(bus, { group, topics: [topic] })
  const second = await collect(open().bus, { group, topics: [topic] })
  const isInUse = { level: 'warn', bindings: { group, err: { name: 'GroupInUseError', message: /test\.collect is in use/ } } }
  await until(() => second.lines.length > 0, { timeoutMs, what: 'the wait' })
  t.match(second.lines, [isInUse])
  await bus.publish([message(topic, 'key', 'a')])
  await until(() => first.records.length === 1, { timeoutMs, what: 'the first record' })
  await first.subscription.stop()
  await bus.publish([message(topic, 'key', 'b')])
  await until(() => second.records.length === 1, { timeoutMs, what: 'the second record' })
  t.strictSame(second.records.map(textOf), ['b'])
  t.match(second.lines, [isInUse, { level: 'info', message: 'consumer group reads from the bus again' }])
})

t.test('a consumer that waits for its group can be stopped', async (t) => {
  const { open } = await prepare(t)
  await collect(open().bus, { group, topics: [topic] })
  const { subscription, lines } = await collect(open().bus, { group, topics: [topic] })
  await until(() => lines.length > 0, { timeoutMs, what: 'the wait' })
  await t.resolves(subscription.stop())
})

t.test('a record published in the same process is delivered without waiting for a poll', async (t) => {
  const { open } = await prepare(t)
  const { bus } = open({ pollMs: never })
  const { records } = await collect(bus, { group, topics: [topic] })
  for (const value of numbers(20)) {
    await bus.publish([message(topic, value, value)])
    await until(() => records.length === Number(value) + 1, { timeoutMs, what: `record ${value}` })
  }
  t.strictSame(records.map(textOf), numbers(20))
})

t.test('a record published in another process is found by polling', async (t) => {
  const { open } = await prepare(t)
  const { records } = await collect(open({ pollMs: 50 }).bus, { group, topics: [topic] })
  await open().bus.publish([message(topic, 'key', 'a')])
  await until(() => records.length === 1, { timeoutMs, what: 'the record' })
  t.strictSame(records.map(textOf), ['a'])
})

t.test('an idle subscription leaves the database alone between polls', async (t) => {
  const { open } = await prepare(t)
  const { bus, db } = open({ pollMs: never })
  const topics = ['a.1', 'a.2', 'a.3']
  await bus.createTopics(topics)
  const { records } = await collect(bus, { group, topics })
  await bus.publish([message('a.2', 'key', 'a')])
  await until(() => records.length === 1, { timeoutMs, what: 'the record' })
  const seen: (number | undefined)[] = []
  const quiet = async () => {
    const [row] = await db.sql<{ at: Date }[]>`
      select query_start as at from pg_stat_activity join pg_locks using (pid)
      where locktype = 'advisory' and datname = current_database()`
    seen.push(row?.at.getTime())
    return seen.length > 10 && new Set(seen.slice(-10)).size === 1
  }
  await until(quiet, { timeoutMs, intervalMs: 50, what: 'no query of the group for half a second' })
  t.type(seen.at(-1), 'number', 'the connection of the group was watched')
})

t.test('records of a backlog come in full batches', async (t) => {
  const { open } = await prepare(t)
  const { bus } = open({ batchSize: 100 })
  await bus.publish(numbers(1_000).map((value) => message(topic, 'key', value)))
  const sizes: number[] = []
  const { records } = await collect(bus, {
    group,
    topics: [topic],
    decide: (batch) => {
      sizes.push(batch.records.length)
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await until(() => records.length === 1_000, { timeoutMs, what: 'all records' })
  t.strictSame(sizes, Array(10).fill(100))
})

t.test('lost connections are survived: nothing is lost, order is kept, the group stays exclusive', async (t) => {
  const { open, url } = await prepare(t)
  const { bus } = open()
  const { records, lines } = await collect(bus, { group, topics: [topic] })
  let published = 0
  let disturbing = true
  const publisher = (async () => {
    for (; disturbing; published++) await insist(() => bus.publish(['a', 'b'].map((key) => message(topic, key, String(published)))))
  })()
  let dropped = 0
  for (let round = 0; round < 10; round++) {
    dropped += await dropConnections(url)
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  disturbing = false
  await publisher
  const firstCome = (key: string) => [...new Set(records.filter((record) => String(record.key) === key).map(textOf))]
  await until(() => ['a', 'b'].every((key) => firstCome(key).length === published), { timeoutMs, what: 'all records' })
  for (const key of ['a', 'b']) t.strictSame(firstCome(key), numbers(published), `${key}: all there, and first come in order`)
  t.ok(dropped >= 10, `${dropped} connections dropped while ${published} calls published`)
  const late = await collect(open().bus, { group, topics: [topic] })
  await until(() => late.lines.length > 0, { timeoutMs, what: 'another consumer, which waits' })
  t.match(late.lines, [{ bindings: { err: { name: 'GroupInUseError' } } }], 'the lock was taken anew')
  const warnings = lines.filter((line) => line.level === 'warn').length
  t.ok(warnings >= 1 && warnings <= 10, `${warnings} warnings for 10 outages`)
})

t.test('a delivery in flight when the lock is lost is told, and its outcome does not count', async (t) => {
  const { open, url } = await prepare(t)
  const { bus } = open()
  const signals: AbortSignal[] = []
  const { records } = await collect(bus, {
    group,
    topics: [topic],
    decide: async (batch) => {
      signals.push(batch.signal)
      if (signals.length === 1) await new Promise((resolve) => batch.signal.addEventListener('abort', resolve))
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await bus.publish([message(topic, 'key', 'a')])
  await until(() => signals.length === 1, { timeoutMs, what: 'the delivery' })
  await dropConnections(url)
  await until(() => signals.length === 2, { timeoutMs, what: 'the delivery repeated' })
  t.strictSame(
    signals.map((signal) => signal.aborted),
    [true, false],
  )
  t.strictSame(records.map(textOf), ['a', 'a'])
})

t.test('one read takes 2,000 records at most, of each partition as many', async (t) => {
  const { open } = await prepare(t)
  const { bus } = open({ pollMs: never, batchSize: 500 })
  const keys = numbers(partitionsPerTopic).map((partition) => keyOf(Number(partition)))
  for (const key of keys) await bus.publish(numbers(500).map((value) => message(topic, key, value)))
  const sizes: number[] = []
  const { records } = await collect(bus, {
    group,
    topics: [topic],
    decide: (batch) => {
      sizes.push(batch.records.length)
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await until(() => records.length === 3_000, { timeoutMs, what: 'all records' })
  t.strictSame(sizes.slice(0, 6), [334, 334, 333, 333, 333, 333])
  for (const key of keys) t.strictSame(valuesOf(records, key), numbers(500), `${key}: all, in order`)
})

t.test('one read takes 8 MB at most, shared by the partitions, and a larger record still comes', async (t) => {
  const { open } = await prepare(t)
  const { bus } = open({ pollMs: never, batchSize: 500 })
  const megabyte = 'x'.repeat(1024 * 1024)
  const [many, few] = [keyOf(1), keyOf(2)]
  for (const value of numbers(12)) await bus.publish([message(topic, many, value + megabyte)])
  await bus.publish(numbers(2).map((value) => message(topic, few, value + megabyte)))
  await bus.publish([message(topic, many, '12'.concat(megabyte.repeat(9)))])
  const sizes: number[] = []
  const { records } = await collect(bus, {
    group,
    topics: [topic],
    decide: (batch) => {
      sizes.push(batch.records.length)
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await until(() => records.length === 15, { timeoutMs, what: 'all records' })
  t.strictSame(sizes.slice(0, 2), [6, 2], 'both partitions have their part of the first read')
  const plain = (key: string) => valuesOf(records, key).map((value) => value.replaceAll('x', ''))
  t.strictSame([plain(many), plain(few)], [numbers(13), numbers(2)])
})

t.test('more partitions than one read can serve are all served, without waiting for each other', async (t) => {
  const { open } = await prepare(t)
  const { bus } = open({ pollMs: never, batchSize: 500 })
  const large = 'x'.repeat(3 * 1024 * 1024)
  const keys = numbers(partitionsPerTopic).map((partition) => keyOf(Number(partition)))
  for (const key of keys) await bus.publish([message(topic, key, large)])
  const gate = Promise.withResolvers<void>()
  const { records } = await collect(bus, {
    group,
    topics: [topic],
    decide: async (batch) => {
      await gate.promise
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await until(() => records.length === keys.length, { timeoutMs, what: 'a record of each partition' }).finally(gate.resolve)
  t.strictSame(records.map((record) => String(record.partition)).sort(), numbers(partitionsPerTopic))
})

t.test('a ping is refused while the tables are not there', async (t) => {
  const { url } = await createTestDatabase(t, { tables: {} })
  const bus = createEmbeddedBus({ db: connect(t, url), logger: recordingLogger().logger })
  await t.rejects(bus.ping(), /topics/)
})

function valuesOf(records: readonly BusRecord[], key: string): string[] {
  return records.filter((record) => String(record.key) === key).map(textOf)
}
