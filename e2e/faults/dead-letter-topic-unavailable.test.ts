import { needsKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { partitionsPerTopic } from '../../packages/events/src/bus/bus.ts'
import { partitionOf } from '../../packages/events/src/bus/partitioner.ts'
import { consumerCounts } from './consumers/consumer-counts.ts'
import { dlqCommand } from './consumers/dlq.ts'
import { committedOffsets, endOffsets, refuseRecords } from './consumers/kafka-admin.ts'
import { malformedMessages } from './consumers/malformed.ts'
import { connectProducer } from './consumers/producer.ts'
import { findEffectFaults } from './counting/effects.ts'
import { printFigures, secondsSince } from './figures.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { qualifyGroup, startSystem } from './system.ts'

const { leads, malformed, restarts } = scaled({
  short: { leads: 120, malformed: 5, restarts: 1 },
  long: { leads: 2_000, malformed: 100, restarts: 5 },
})
const topic = 'lead.created'
const deadLetters = `${topic}.dlq.${qualifyGroup}`
const blocked = 3
const attempts = 2

t.test(
  'while dead letters cannot be stored, the offset stays before the bad record, other partitions go on, and nothing is lost',
  needsKafka,
  async (t) => {
    const began = performance.now()
    const system = await startSystem(t)
    const { brokers } = system.kafka
    const [worker] = system.crmWorkers
    if (worker === undefined) throw new Error('no worker')
    const publish = await connectProducer(t, brokers)
    const dlq = dlqCommand(t, { KAFKA_BROKERS: brokers })
    const load = (count: number) =>
      startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(count), pace: { clients: 16 } })
    const failures = async () => (await consumerCounts([worker])).interrupted
    const failsAgain = async () => {
      const before = await until(async () => String(await failures()), { timeoutMs: patienceMs, what: 'metrics of the worker' })
      await until(async () => (await failures()) >= Number(before) + attempts, {
        timeoutMs: patienceMs,
        what: 'storing the dead letter fails again',
      })
    }

    const before = load(leads / 2)
    await before.finished
    await system.settled()
    const badAt = (await endOffsets(brokers, topic)).get(blocked)
    const takeRecordsAgain = await refuseRecords(brokers, deadLetters)
    const bad = malformedMessages(malformed * 40)
      .filter(({ key }) => partitionOf(key, partitionsPerTopic) === blocked)
      .slice(0, malformed)
    await publish(bad)
    const meanwhile = load(leads / 2)
    await meanwhile.finished
    await failsAgain()
    for (let restart = 0; restart < restarts; restart++) {
      t.same(await worker.stop(), { code: 0, signal: null }, 'the worker stops in order')
      worker.start()
      await failsAgain()
    }
    const othersDone = async () => {
      const [committed, ends] = [await committedOffsets(brokers, qualifyGroup, topic), await endOffsets(brokers, topic)]
      return [...ends].every(([partition, end]) => partition === blocked || end === 0 || committed.get(partition) === end)
    }
    await until(othersDone, { timeoutMs: patienceMs, what: 'the other partitions are done' })
    const stoodAt = (await committedOffsets(brokers, qualifyGroup, topic)).get(blocked)
    const storedMeanwhile = (await dlq.list()).length

    await takeRecordsAgain()
    await system.settled()
    const listed = await dlq.list()
    const { lost, doubled } = findEffectFaults(await system.gatherEvidence([before, meanwhile]))
    printFigures(t, `dead letter topic unavailable, ${malformed} bad records before good ones`, {
      'offset moved past the bad record': Number(stoodAt !== badAt),
      'dead letters afterwards': listed.length,
      lost: lost.length,
      doubled: doubled.length,
      leads: before.acknowledged() + meanwhile.acknowledged(),
      'failed attempts to store': await failures(),
      in: secondsSince(began),
    })
    t.equal(bad.length, malformed)
    t.equal(storedMeanwhile, 0, 'none was stored while the topic took none')
    t.equal(stoodAt, badAt, 'the offset stayed before the first bad record')
    t.equal(listed.length, malformed, 'afterwards each bad record is a dead letter')
    t.ok(
      listed.every(({ partition, errorClass }) => partition === blocked && errorClass === 'MalformedEventError'),
      'for being malformed',
    )
    t.strictSame(lost, [])
    t.strictSame(doubled, [])
    for (const process of system.processes) t.strictSame(process.crashes(), [], process.name)
  },
)
