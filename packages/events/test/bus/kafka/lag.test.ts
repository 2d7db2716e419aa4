import { needsKafka, startTestKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { within } from '../../../src/timing/within.ts'
import { collect } from '../../fixtures/collector.ts'
import { keyOf, message, numbers } from '../../fixtures/messages.ts'
import { insist } from '../../fixtures/outages.ts'
import { foreignAdmin, prune } from './foreign-client.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000

t.test('pruned records are no lag, whether the group was behind them or has committed nothing', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  await bus.publish(numbers(10).map((value) => message(topic, keyOf(1), value)))
  const { subscription } = await collect(bus, { group, topics: [topic], decide: () => ({ next: 2, pauseMs: 60_000 }) })
  const lagOf = async (of: string) => (await insist(() => bus.lag(of, [topic]))).get(topic)
  await until(async () => (await lagOf(group)) === 8, { timeoutMs, what: 'a lag of 8' })
  await subscription.stop()
  const admin = await foreignAdmin(t, brokers)
  for (const [before, left] of [
    [7, 3],
    [10, 0],
  ] as const) {
    await prune(admin, { topic, partition: 1, before })
    t.strictSame([await lagOf(group), await lagOf(`${group}-new`)], [left, left], `pruned before ${before}`)
  }
})

t.test('a lag that cannot be told does not disturb those asked for at the same time', needsKafka, async (t) => {
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  await bus.publish([message(topic, 'key', 'a')])
  const refused = ''
  // A few at a time, on a connection that is there: each answer is due within a second, on a busy machine too.
  for (const round of numbers(4)) {
    await insist(() => bus.lag(group, [topic]))
    const others = () => numbers(2).map((n) => bus.lag(`${group}-${round}-${n}`, [topic]))
    const [before, failed, after] = [others(), bus.lag(refused, [topic]), others()]
    await t.rejects(failed, /groupId/)
    t.strictSame(await Promise.all([...before, ...after]), Array(4).fill(new Map([[topic, 1]])))
  }
})

t.test('a broker that hangs does not hold up a lag for long, and it is told again afterwards', needsKafka, async (t) => {
  const kafka = await startTestKafka(t)
  const { bus } = openKafkaBus(t, kafka.brokers)
  const { topic, group } = uniqueNames()
  await bus.createTopics([topic])
  await bus.publish([message(topic, 'key', 'a')])
  const lag = () => bus.lag(group, [topic])
  t.strictSame(await insist(lag), new Map([[topic, 1]]))
  process.kill(kafka.pid(), 'SIGSTOP')
  const late = () => new Error('no answer at all')
  for (let attempt = 0; attempt < 2; attempt++) await t.rejects(within(lag(), 10_000, late), { name: 'KafkaUnavailableError' })
  process.kill(kafka.pid(), 'SIGCONT')
  t.strictSame(await insist(lag), new Map([[topic, 1]]))
})
