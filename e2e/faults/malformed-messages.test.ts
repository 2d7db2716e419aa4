import { needsKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { dlqCommand } from './consumers/dlq.ts'
import { createdMessage } from './consumers/lead-messages.ts'
import { malformations, malformedMessages } from './consumers/malformed.ts'
import { connectProducer } from './consumers/producer.ts'
import { findEffectFaults } from './counting/effects.ts'
import { printFigures, secondsSince } from './figures.ts'
import { newLeads } from './load/leads.ts'
import { startLoad } from './load/load.ts'
import { patienceMs, scaled } from './scale.ts'
import { qualifyGroup, startSystem } from './system.ts'
import { readTopic } from './topics.ts'

const { good, malformed } = scaled({ short: { good: 300, malformed: 80 }, long: { good: 10_000, malformed: 1_000 } })
const publishedAtOnce = 20

t.test('malformed messages among good ones each become a dead letter, and every good one has its effect once', needsKafka, async (t) => {
  const began = performance.now()
  const system = await startSystem(t)
  const { brokers } = system.kafka
  const publish = await connectProducer(t, brokers)
  const bad = malformedMessages(malformed)
  const wellFormed = [createdMessage(), createdMessage()]

  const load = startLoad(t, { urls: system.crmServices.map(({ url }) => url), next: newLeads(good), pace: { clients: 16 } })
  for (let at = 0; at < malformed; at += publishedAtOnce) {
    await until(() => load.acknowledged() / good >= at / malformed, { timeoutMs: patienceMs, what: 'leads are created' })
    await publish(bad.slice(at, at + publishedAtOnce))
  }
  await publish(wellFormed)
  await load.finished
  await system.settled()

  const stored = await readTopic(brokers, `lead.created.dlq.${qualifyGroup}`)
  const listed = await dlqCommand(t, { KAFKA_BROKERS: brokers }).list()
  const { lost, doubled } = findEffectFaults(await system.gatherEvidence([load]))
  const qualified = await system.sql`select from leads where status = 'QUALIFIED'`
  printFigures(t, `${malformed} malformed messages of ${Object.keys(malformations).length} kinds among ${good} good ones`, {
    'dead letters in the topic': stored.length,
    'dead letters listed': listed.length,
    'good effects': qualified.length,
    lost: lost.length,
    doubled: doubled.length,
    in: secondsSince(began),
  })
  const keysOfBad = bad.map(({ key }) => String(key)).sort()
  t.strictSame(stored.map(({ key }) => key).sort(), keysOfBad, 'each malformed message is in the topic, once, and nothing else is')
  t.equal(new Set(listed.map(({ partition, offset }) => `${partition}/${offset}`)).size, malformed, 'pnpm dlq lists as many')
  t.equal(listed.length, malformed)
  t.ok(
    listed.every(({ errorClass, attempts }) => errorClass === 'MalformedEventError' && attempts === 1),
    'all for being malformed, at once',
  )
  t.equal(load.acknowledged(), good)
  t.equal(qualified.length, good)
  t.strictSame(lost, [])
  t.strictSame(doubled, [])
  for (const process of system.processes) t.strictSame(process.crashes(), [], process.name)
})
