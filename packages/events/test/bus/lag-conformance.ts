import { randomUUID } from 'node:crypto'
import { until } from '@crm/testing/poll.ts'
import type { Test } from 'tap'
import type { Bus } from '../../src/bus/bus.ts'
import { collect } from '../fixtures/collector.ts'
import { keyOf, message, numbers } from '../fixtures/messages.ts'
import { insist } from '../fixtures/outages.ts'
import { type OpenBus, startBus } from './start-bus.ts'

const timeoutMs = 30_000

/** A bus that has just begun may not be able to tell at once. */
async function lagOf(bus: Bus, group: string, topics: string[]): Promise<Record<string, number>> {
  return Object.fromEntries(await insist(() => bus.lag(group, topics)))
}

/** What every bus must hold to when it is asked how far groups are behind. */
export async function lagConformance(t: Test, open: OpenBus): Promise<void> {
  await t.test('the lag of a group that has committed nothing is all there is', async (t) => {
    const { bus, topic, group } = await startBus(t, open)
    t.strictSame(await lagOf(bus, group, [topic]), { [topic]: 0 })
    await bus.publish(numbers(50).map((value) => message(topic, value, value)))
    t.strictSame(await lagOf(bus, group, [topic]), { [topic]: 50 })
  })

  await t.test('the lag counts what a group has not done, in every partition', async (t) => {
    const { bus, topic, group } = await startBus(t, open)
    const held = keyOf(1)
    await bus.publish(numbers(10).flatMap((value) => [message(topic, held, value), message(topic, keyOf(2), value)]))
    // Of one partition, four records are done and the rest is left for later.
    const decide = ({ partition, records }: { partition: number; records: { offset: number }[] }) =>
      partition === 1 ? { next: 4, pauseMs: 60_000 } : { next: (records.at(-1)?.offset ?? 0) + 1, pauseMs: 0 }
    const { subscription } = await collect(bus, { group, topics: [topic], decide })
    await until(async () => (await lagOf(bus, group, [topic]))[topic] === 6, { timeoutMs, what: 'a lag of 6' })
    t.strictSame(await lagOf(bus, `${group}-other`, [topic]), { [topic]: 20 }, 'another group has its own')
    await bus.publish([message(topic, held, '10')])
    t.strictSame(await lagOf(bus, group, [topic]), { [topic]: 7 })
    await subscription.stop()
    t.strictSame(await lagOf(bus, group, [topic]), { [topic]: 7 }, 'also of a group that does not run')
    await collect(bus, { group, topics: [topic] })
    await until(async () => (await lagOf(bus, group, [topic]))[topic] === 0, { timeoutMs, what: 'no lag' })
  })

  await t.test('the lag of several topics is told by topic, without those that do not exist', async (t) => {
    const { bus, topic, group } = await startBus(t, open)
    const [other, unknown] = [`${topic}.b`, `topic.${randomUUID()}`]
    await bus.createTopics([other])
    await bus.publish([...numbers(3).map((value) => message(topic, value, value)), message(other, 'key', 'a')])
    t.strictSame(await lagOf(bus, group, [topic, unknown, other, topic]), { [topic]: 3, [other]: 1 })
    t.strictSame(await lagOf(bus, group, [unknown]), {})
    t.strictSame(await lagOf(bus, group, []), {})
    t.notOk((await bus.listTopics()).includes(unknown), 'asking did not make it')
  })

  await t.test('lags may be asked for at once', async (t) => {
    const { bus, topic, group } = await startBus(t, open)
    await bus.publish(numbers(5).map((value) => message(topic, value, value)))
    await lagOf(bus, group, [topic])
    const lags = await Promise.all(numbers(20).map((n) => bus.lag(`${group}-${n}`, [topic])))
    t.strictSame(lags, Array(20).fill(new Map([[topic, 5]])))
  })
}
