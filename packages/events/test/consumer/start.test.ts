import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import t from 'tap'
import type { Bus } from '../../src/bus/bus.ts'
import { createKafkaBus } from '../../src/bus/kafka/kafka-bus.ts'
import { KafkaCredentialsError } from '../../src/bus/kafka/outage.ts'
import { deadLetterTopic } from '../../src/dead-letters/dead-letter.ts'
import { allowConnections, insist } from '../fixtures/outages.ts'
import { thingContract } from '../fixtures/things.ts'
import { noteEffects } from './effects.ts'
import { type Prepared, prepare, timeoutMs, untilEffects } from './prepare.ts'

t.test('a consumer that starts while its bus is down comes to work by itself, and says so once for each cause', async (t) => {
  const { db, bus, busDatabaseUrl, consume, message, lines } = await prepare(t)
  await allowConnections(busDatabaseUrl, false)
  let attempts = 0
  const watched: Bus = {
    ...bus,
    async createTopics(names) {
      attempts++
      await bus.createTopics(names)
    },
  }
  const said = () => lines.filter(({ level }) => level !== 'debug')
  await consume(noteEffects, { bus: watched })
  await until(() => attempts >= 4, { timeoutMs, what: 'four attempts' })
  const warnings = said()
  for (const line of warnings) t.match(line, { level: 'warn', message: 'consumer cannot subscribe to its topics; it retries until it can' })
  const causes = warnings.map(({ bindings }) => String(bindings.err))
  t.ok(causes.length > 0 && causes.length === new Set(causes).size, causes.join('; '))
  await allowConnections(busDatabaseUrl, true)
  const goodNews = () => said().filter(({ level }) => level !== 'warn')
  await until(() => goodNews().length > 0, { timeoutMs, what: 'the good news' })
  t.match(goodNews(), [{ level: 'info', message: 'consumer subscribed to its topics' }])
  await insist(() => bus.publish([message({})]))
  await untilEffects(db, 1)
})

t.test('a consumer can be stopped while it still waits for its bus', async (t) => {
  const { busDatabaseUrl, consume, lines } = await prepare(t)
  await allowConnections(busDatabaseUrl, false)
  const waiting = await consume(noteEffects)
  t.match(
    lines.find(({ level }) => level !== 'debug'),
    { level: 'warn' },
  )
  await t.resolves(waiting.stop())
  await allowConnections(busDatabaseUrl, true)
})

t.test('a consumer whose group another one has starts, says so, and goes on where that one stops', async (t) => {
  const { db, bus, message, consume, lines } = await prepare(t)
  const first = await consume(noteEffects)
  const second = await consume(noteEffects)
  await until(() => lines.some(({ level }) => level === 'warn'), { timeoutMs, what: 'the wait' })
  t.match(
    lines.filter(({ level }) => level !== 'debug'),
    [{ level: 'warn', bindings: { err: { name: 'GroupInUseError', message: /^consumer group .* is in use by another consumer/ } } }],
  )
  await first.stop()
  await bus.publish([message({})])
  await untilEffects(db, 1)
  await second.stop()
})

t.test('the topics are made at the start, and those of the dead letters with them', async (t) => {
  const { bus, group, consume } = await prepare(t)
  const topics = ['thing.painted', 'thing.sold']
  await consume(noteEffects, { definition: { group, on: topics.map(thingContract), handle: noteEffects } })
  const existing = await bus.listTopics()
  for (const topic of topics.flatMap((topic) => [topic, deadLetterTopic(topic, group)])) t.ok(existing.includes(topic), topic)
})

/** Starts a consumer that tells of its end. */
async function startWatched({ consume, group, lines }: Prepared, bus: Bus) {
  const lost = Promise.withResolvers<Error>()
  let losses = 0
  const consumer = await consume(noteEffects, {
    bus,
    onLost(error) {
      losses++
      lost.resolve(error)
    },
  })
  const errors = () => lines.filter(({ level }) => level === 'error')
  return { consumer, lost: lost.promise, losses: () => losses, errors, text: `consumer group ${group} cannot go on` }
}

for (const [what, refusal] of Object.entries({
  'by a defect': new TypeError('x is not a function'),
  'since its credentials are refused': new KafkaCredentialsError('Kafka refused the credentials'),
})) {
  t.test(`a consumer that can never subscribe, ${what}, says so and ends its process`, async (t) => {
    const prepared = await prepare(t)
    const bus: Bus = { ...prepared.bus, subscribe: () => Promise.reject(refusal) }
    const { lost, losses, errors, text } = await startWatched(prepared, bus)
    t.match(await lost, { name: 'CannotGoOnError', message: text, cause: refusal })
    t.match(errors(), [{ message: 'consumer group cannot go on', bindings: { group: prepared.group, err: refusal } }])
    t.equal(errors().length, 1)
    t.equal(losses(), 1)
  })
}

t.test('a consumer whose group is refused for good at the start says so and ends its process (Kafka)', needsKafka, async (t) => {
  const brokers = await testKafka()
  const prepared = await prepare(t, { brokers })
  // Longer than the broker allows.
  const bus = createKafkaBus({ brokers: [brokers], clientId: 'test', logger: prepared.logger, sessionTimeoutMs: 3_600_000 })
  t.teardown(() => bus.close())
  const { lost, errors, text } = await startWatched(prepared, bus)
  t.match(await lost, { message: text, cause: { message: /session timeout/i } })
  t.equal(errors().length, 1)
})

t.test('a consumer whose brokers cannot be reached at the start goes on trying', async (t) => {
  const prepared = await prepare(t)
  const { logger, lines } = prepared
  const kafka = createKafkaBus({ brokers: [`127.0.0.1:${await freePort()}`], clientId: 'test', logger })
  t.teardown(() => kafka.close())
  let attempts = 0
  const bus: Bus = {
    ...kafka,
    async createTopics(names) {
      attempts++
      await kafka.createTopics(names)
    },
  }
  const { losses, errors, consumer } = await startWatched(prepared, bus)
  await until(() => attempts > 4, { timeoutMs, what: 'five attempts' })
  t.equal(losses(), 0)
  t.strictSame(errors(), [])
  t.match(
    lines.filter(({ level }) => level === 'warn'),
    [{ message: 'consumer cannot subscribe to its topics; it retries until it can' }],
  )
  await consumer.stop()
})
