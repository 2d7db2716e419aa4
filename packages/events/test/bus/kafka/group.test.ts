import { join } from 'node:path'
import { needsKafka, startTestKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { startProcess, type TestProcess } from '@crm/testing/processes.ts'
import t, { type Test } from 'tap'
import { type DeliveredBatch, partitionsPerTopic } from '../../../src/bus/bus.ts'
import { collect, nextOf, textOf } from '../../fixtures/collector.ts'
import { recordingLogger } from '../../fixtures/logger.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000
const keys = Array.from({ length: partitionsPerTopic }, (_, partition) => keyOf(partition))

interface Member {
  process: TestProcess
  /** `partition key value` of each record it got. */
  records(): string[]
}

async function startMember(t: Test, args: string[]): Promise<Member> {
  const process = await startProcess(t, {
    command: globalThis.process.execPath,
    args: [join(import.meta.dirname, 'group-member.ts'), ...args],
    ready: /^ready$/m,
  })
  return { process, records: () => [...process.stdout().matchAll(/^record (.*)$/gm)].map(([, record = '']) => record) }
}

const partitionsOf = (records: string[]) => new Set(records.map((record) => record.split(' ')[0]))

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  t.test(`two consumers of a group share its partitions, and one takes over when the other gets ${signal}`, needsKafka, async (t) => {
    const brokers = await testKafka()
    const { topic, group } = uniqueNames()
    const { bus } = openKafkaBus(t, brokers)
    await bus.createTopics([topic])
    const first = await startMember(t, [brokers, topic, group])
    const second = await startMember(t, [brokers, topic, group])
    let sent = 0
    const publish = async () => {
      await bus.publish(keys.map((key) => message(topic, key, String(sent))))
      sent++
    }
    const shared = async () => {
      const [before, other] = [first.records().length, second.records().length]
      await publish()
      const got = () => [first.records().slice(before), second.records().slice(other)]
      await until(() => got().flat().length >= keys.length, { timeoutMs, what: 'the records of all partitions' })
      return got().every((records) => partitionsOf(records).size === partitionsPerTopic / 2)
    }
    await until(shared, { timeoutMs, what: 'each has half of the partitions' })
    for (let n = 0; n < 20; n++) await publish()
    const ended = await second.process.stop(signal)
    if (signal === 'SIGTERM') t.equal(ended.code, 0)
    for (let n = 0; n < 20; n++) await publish()
    const all = () => new Set([...first.records(), ...second.records()])
    await until(() => all().size === sent * keys.length, { timeoutMs, what: 'every record, by one or the other' })
    const afterwards = first.records().length
    await publish()
    await until(() => partitionsOf(first.records().slice(afterwards)).size === partitionsPerTopic, { timeoutMs, what: 'all partitions' })
    for (const [partition, key] of keys.entries()) {
      const come = [...new Set(first.records())]
        .filter((record) => record.startsWith(`${partition} ${key} `))
        .map((record) => Number(record.split(' ')[2]))
      t.strictSame(
        come,
        come.toSorted((a, b) => a - b),
        `partition ${partition} came in order`,
      )
    }
    const doubled = [...first.records(), ...second.records()].length - sent * keys.length
    t.comment(`${sent * keys.length} records, ${doubled} delivered again`)
    if (signal === 'SIGTERM') t.equal(doubled, 0, 'an orderly end commits what it delivered')
  })
}

t.test('a consumer that comes while a slow delivery runs does not make it run twice unless the partition moved', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { topic, group } = uniqueNames()
  const { bus } = openKafkaBus(t, brokers)
  await bus.createTopics([topic])
  const gate = Promise.withResolvers<void>()
  const signals = new Map<number, AbortSignal>()
  const before = await collect(bus, {
    group,
    topics: [topic],
    decide: async (batch) => {
      if (!signals.has(batch.partition)) {
        signals.set(batch.partition, batch.signal)
        await gate.promise
      }
      return { next: nextOf(batch), pauseMs: 0 }
    },
  })
  await bus.publish(keys.map((key) => message(topic, key, 'slow')))
  await until(() => signals.size === partitionsPerTopic, { timeoutMs, what: 'a slow delivery in every partition' })
  const other = openKafkaBus(t, brokers)
  const after = await collect(other.bus, { group, topics: [topic] })
  const lost = () => [...signals].filter(([, signal]) => signal.aborted).map(([partition]) => partition)
  await until(() => lost().length === partitionsPerTopic / 2, { timeoutMs, what: 'half of the deliveries were told' })
  await until(() => after.records.length === partitionsPerTopic / 2, { timeoutMs, what: 'the other consumer gets those' })
  gate.resolve()
  await bus.publish(keys.map((key) => message(topic, key, 'next')))
  const next = (records: typeof after.records) => records.filter((record) => textOf(record) === 'next').length
  await until(() => next(before.records) + next(after.records) === keys.length, { timeoutMs, what: 'the records after' })
  t.strictSame(new Set(after.records.map((record) => record.partition)), new Set(lost()), 'the other consumer got only what moved')
  t.equal(before.records.filter((record) => textOf(record) === 'slow').length, keys.length, 'what stayed was delivered once')
  await before.subscription.stop()
  const again = await collect(bus, { group, topics: [topic] })
  await bus.publish(numbers(1).flatMap(() => keys.map((key) => message(topic, key, 'last'))))
  const last = () => [...after.records, ...again.records].filter((record) => textOf(record) === 'last').length
  await until(() => last() === keys.length, { timeoutMs, what: 'the last records' })
  t.notOk(
    again.records.some((record) => textOf(record) !== 'last'),
    'what the deliveries finished was committed',
  )
})

t.test('a consumer that cannot go on says so, and ends its process unless told otherwise', needsKafka, async (t) => {
  const kafka = await startTestKafka(t)
  const { topic, group } = uniqueNames()
  const { bus, lines } = openKafkaBus(t, kafka.brokers)
  await bus.createTopics([topic])
  const lost: Error[] = []
  const told = recordingLogger()
  const deliver = async (batch: DeliveredBatch) => ({ next: nextOf(batch), pauseMs: 0 })
  await bus.subscribe({ group: `${group}-told`, topics: [topic], deliver, logger: told.logger, onLost: (error) => lost.push(error) })
  const { process } = await startMember(t, [kafka.brokers, topic, group])
  await kafka.stop()
  // Those who are back soon enough go on as the members they were.
  const outage = 'cannot read from Kafka'
  const gaveUp = () => told.lines.some((line) => line.message.includes(outage)) && process.stdout().includes(outage)
  await until(gaveUp, { timeoutMs, what: 'both lose their membership' })
  // Shorter than the session timeout that consumers ask for: from now on they are refused for good.
  await kafka.start({ 'group.min.session.timeout.ms': '1000', 'group.max.session.timeout.ms': '5000' })
  await until(() => lost.length > 0, { timeoutMs, what: 'the loss' })
  t.equal(lost.length, 1)
  t.match(lost[0], { message: `consumer group ${group}-told cannot go on`, cause: { message: /session timeout/i } })
  t.match(await process.exited, { code: 1 })
  t.match(process.stderr(), `consumer group ${group} cannot go on`)
  t.strictSame(
    lines.filter((line) => line.level === 'error'),
    [],
  )
})

t.test('a group that is refused at once is refused to the subscriber', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { topic, group } = uniqueNames()
  // Longer than the broker allows: refused for good.
  const { bus } = openKafkaBus(t, brokers, { sessionTimeoutMs: 3_600_000 })
  await bus.createTopics([topic])
  await t.rejects(collect(bus, { group, topics: [topic] }), /session timeout/i)
})

t.test('a partition that comes back goes on where its last owner got, not where it rested before', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { topic, group } = uniqueNames()
  const { bus } = openKafkaBus(t, brokers)
  await bus.createTopics([topic])
  let resting = true
  const rest = ({ records }: DeliveredBatch) => ({ next: records[0]?.offset ?? 0, pauseMs: 2_000 })
  const decide = (batch: DeliveredBatch) => (resting ? rest(batch) : { next: nextOf(batch), pauseMs: 0 })
  const { records } = await collect(bus, { group, topics: [topic], decide })
  await bus.publish(keys.flatMap((key) => numbers(10).map((value) => message(topic, key, value))))
  await until(() => new Set(records.map(({ partition }) => partition)).size === partitionsPerTopic, { timeoutMs, what: 'all rest' })
  const other = await startMember(t, [brokers, topic, group])
  await until(() => other.records().length === 30, { timeoutMs, what: 'the other has done its half' })
  const itsPartitions = partitionsOf(other.records())
  resting = false
  const before = records.length
  await other.process.stop('SIGTERM')
  await bus.publish(keys.map((key) => message(topic, key, 'last')))
  const come = () => records.slice(before).filter(({ partition }) => itsPartitions.has(String(partition)))
  await until(() => come().filter((record) => textOf(record) === 'last').length === 3, { timeoutMs, what: 'what came after' })
  t.strictSame(come().map(textOf), ['last', 'last', 'last'])
})
