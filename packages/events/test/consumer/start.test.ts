import { describeStartFailure } from '@crm/service-kit/shutdown/describe-start-failure.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { type Bus, GroupInUseError } from '../../src/bus/bus.ts'
import { deadLetterTopic } from '../../src/dead-letters/dead-letter.ts'
import { allowConnections, insist } from '../fixtures/outages.ts'
import { thingContract } from '../fixtures/things.ts'
import { noteEffects } from './effects.ts'
import { prepare, timeoutMs, untilEffects } from './prepare.ts'

t.test('a consumer that starts while its bus is down comes to work by itself, and says so once', async (t) => {
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
  await until(() => attempts === 4, { timeoutMs, what: 'four attempts' })
  t.match(said(), [{ level: 'warn', message: 'consumer cannot subscribe to its topics; it retries until it can' }])
  t.equal(said().length, 1)
  await allowConnections(busDatabaseUrl, true)
  await until(() => said().length > 1, { timeoutMs, what: 'the good news' })
  t.match(said()[1], { level: 'info', message: 'consumer subscribed to its topics' })
  await insist(() => bus.publish([message({})]))
  await untilEffects(db, 1)
})

t.test('a consumer can be stopped while it still waits for its bus', async (t) => {
  const { busDatabaseUrl, consume, lines } = await prepare(t)
  await allowConnections(busDatabaseUrl, false)
  const waiting = await consume(noteEffects)
  t.equal(lines.filter(({ level }) => level !== 'debug').length, 1)
  await t.resolves(waiting.stop())
  await allowConnections(busDatabaseUrl, true)
})

t.test('a group in use is an error of the start, which one line tells', async (t) => {
  const { group, consume, lines } = await prepare(t)
  await consume(noteEffects)
  const error = await consume(noteEffects).catch((error: unknown) => error)
  t.type(error, GroupInUseError)
  t.equal(describeStartFailure(error), `consumer group ${group} is in use by another consumer; the embedded bus allows one`)
  t.strictSame(
    lines.filter(({ level }) => level !== 'debug'),
    [],
  )
})

t.test('the topics are made at the start, and those of the dead letters with them', async (t) => {
  const { bus, group, consume } = await prepare(t)
  const topics = ['thing.painted', 'thing.sold']
  await consume(noteEffects, { definition: { group, on: topics.map(thingContract), handle: noteEffects } })
  const existing = await bus.listTopics()
  for (const topic of topics.flatMap((topic) => [topic, deadLetterTopic(topic, group)])) t.ok(existing.includes(topic), topic)
})
