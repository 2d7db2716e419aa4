import { setTimeout as sleep } from 'node:timers/promises'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { type BusRecord, partitionsPerTopic } from '../../../src/bus/bus.ts'
import { textOf } from '../../fixtures/collector.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'
import { insist } from '../../fixtures/outages.ts'
import { foreignAdmin, foreignClient, foreignProducer, prune } from './foreign-client.ts'
import { openKafkaBus, openReader, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000
const keys = Array.from({ length: partitionsPerTopic }, (_, partition) => keyOf(partition))
// A fetch takes about 1 MiB of a partition.
const filling = 'x'.repeat(300_000)

/** A bus with a client id of its own, by which the groups of its readings are known. */
async function prepare(t: Test, brokers: string, options: { sessionTimeoutMs?: number } = {}) {
  const { topic, group } = uniqueNames()
  const clientId = group
  const { bus } = openKafkaBus(t, brokers, { clientId, ...options })
  await bus.createTopics([topic])
  const admin = await foreignAdmin(t, brokers)
  const groups = async () => {
    const listed = await admin.listGroups()
    return listed.groups.map((one) => one.groupId).filter((id) => id.startsWith(`${clientId}.read-`))
  }
  return { bus, topic, group, clientId, admin, groups }
}

/** The record's number without what fills it. */
const numberOf = (record: BusRecord) => textOf(record).replaceAll('x', '')

t.test('the group of a reading is there only while it reads, however that ends', needsKafka, async (t) => {
  const { bus, topic, groups } = await prepare(t, await testKafka())
  await bus.publish([message(topic, 'key', 'a')])
  const seen: string[][] = []
  await bus.read(topic, async () => void seen.push(await groups()))
  t.equal(seen[0]?.length, 1, 'while it reads')
  t.strictSame(await groups(), [], 'after it has read')
  await t.rejects(
    bus.read(topic, () => {
      throw new Error('no more')
    }),
  )
  t.strictSame(await groups(), [], 'after it has failed')
})

t.test('a topic without records is read without joining a group, pruned or not', needsKafka, async (t) => {
  // Longer than the broker allows: whoever joins is refused.
  const { bus, topic, admin } = await prepare(t, await testKafka(), { sessionTimeoutMs: 3_600_000 })
  const none = () => void t.fail('there are no records')
  await t.resolves(bus.read(topic, none))
  await bus.publish([message(topic, keyOf(1), 'a'), message(topic, keyOf(1), 'b')])
  await t.rejects(bus.read(topic, none), /session timeout/i, 'a refused group ends the reading')
  await prune(admin, { topic, partition: 1, before: 2 })
  await t.resolves(bus.read(topic, none))
})

t.test('a pruned partition is read from the earliest record kept', needsKafka, async (t) => {
  const { bus, topic, admin } = await prepare(t, await testKafka())
  await bus.publish(numbers(10).flatMap((value) => [message(topic, keyOf(1), value), message(topic, keyOf(2), value)]))
  await prune(admin, { topic, partition: 1, before: 7 })
  await prune(admin, { topic, partition: 2, before: 10 })
  const read: string[] = []
  await bus.read(topic, (records) => void read.push(...records.map((record) => `${record.partition}/${record.offset}/${textOf(record)}`)))
  t.strictSame(read, ['1/7/7', '1/8/8', '1/9/9'])
})

t.test('partitions that end with the markers of transactions are read to their end, without what was aborted', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus, topic } = await prepare(t, brokers)
  const producer = await foreignProducer(t, brokers, { transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  const send = async (partition: number, value: string, end: 'commit' | 'abort') => {
    // The coordinator of transactions may still be preparing.
    const transaction = await insist(() => producer.transaction())
    await transaction.send({ topic, messages: [{ key: keyOf(partition), value }] })
    await transaction[end]()
  }
  await send(1, 'committed', 'commit')
  await send(2, 'first', 'commit')
  await send(2, 'aborted', 'abort')
  await send(3, 'aborted', 'abort')
  const read: string[] = []
  await bus.read(topic, (records) => void read.push(...records.map(textOf)))
  t.strictSame(read.sort(), ['committed', 'first'])
})

t.test('a reading whose group is rebalanced twice gives each record once and in order', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus, topic, admin, groups } = await prepare(t, brokers)
  for (const value of numbers(8)) await bus.publish(keys.map((key) => message(topic, key, value + filling)))
  /** Joins the group, takes its part of the partitions and leaves without reading any. */
  const intrude = async (groupId: string) => {
    const consumer = foreignClient(brokers).consumer({ groupId })
    t.teardown(() => consumer.disconnect())
    const joined = new Promise<number>((settle) =>
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => settle(payload.memberAssignment[topic]?.length ?? 0)),
    )
    await consumer.connect()
    await consumer.subscribe({ topics: [topic] })
    await consumer.run({ eachMessage: async () => {} })
    const partitions = await joined
    await consumer.disconnect()
    return partitions
  }
  const read: BusRecord[] = []
  let intruding: Promise<number> | undefined
  await bus.read(topic, async (records) => {
    read.push(...records)
    if (intruding) return
    const [group = ''] = await groups()
    intruding = intrude(group)
    const state = async () => (await admin.describeGroups([group])).groups[0]?.state
    await until(async () => (await state()) === 'PreparingRebalance', { timeoutMs, what: 'another member' })
    // The next heartbeat, which tells the reading, is due a second after the last.
    await sleep(1_500)
  })
  t.equal(await intruding, partitionsPerTopic / 2, 'the other member had half of the partitions')
  for (const key of keys) t.strictSame(read.filter((record) => String(record.key) === key).map(numberOf), numbers(8), key)
})

t.test('a reader slower than session timeout and silence limit keeps its membership', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus, topic, clientId, admin, groups } = await prepare(t, brokers)
  await bus.publish(keys.map((key) => message(topic, key, 'a')))
  const reader = openReader(t, brokers, { clientId, silenceLimitMs: 6_000 })
  const members: (string | undefined)[] = []
  const note = async () => {
    const described = await admin.describeGroups(await groups())
    members.push(described.groups[0]?.members[0]?.memberId)
  }
  let read = 0
  await reader.read(topic, async (records) => {
    read += records.length
    if (members.length > 0) return
    await note()
    await sleep(9_000)
    await note()
  })
  t.equal(read, keys.length)
  t.type(members[0], 'string')
  t.equal(members[1], members[0], 'the same member')
})

t.test('a transaction in flight is left out and holds nothing up', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus, topic, group } = await prepare(t, brokers)
  const producer = await foreignProducer(t, brokers, { transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await bus.publish([message(topic, 'key', 'a')])
  const transaction = await insist(() => producer.transaction())
  await transaction.send({ topic, messages: [{ key: 'key', value: 'b' }] })
  await bus.publish([message(topic, 'key', 'c')])
  const read: string[] = []
  const note = (records: BusRecord[]) => void read.push(...records.map(textOf))
  await bus.read(topic, note)
  t.strictSame(read.splice(0), ['a'])
  t.strictSame(await insist(() => bus.lag(group, [topic])), new Map([[topic, 1]]), 'no group can do more')
  await transaction.commit()
  await bus.read(topic, note)
  t.strictSame(read, ['a', 'b', 'c'])
})
