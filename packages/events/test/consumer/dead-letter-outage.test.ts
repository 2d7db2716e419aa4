import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { PermanentError } from '../../src/consumer/errors.ts'
import { deadLetterTopic } from '../../src/dead-letters/dead-letter.ts'
import { foreignAdmin } from '../bus/kafka/foreign-client.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { embeddedBusPlace } from './on-buses.ts'
import { headersOf, prepare, readAll, thingIn, timeoutMs, untilEffects } from './prepare.ts'
import type { TestBusPlace } from './test-bus.ts'

/** How a dead letter topic is made to refuse what is sent to it, and to take it again; and how it is deleted. */
interface Fault {
  name: string
  options?: typeof needsKafka
  prepare(t: Test): Promise<{
    place: TestBusPlace
    refuse(topic: string): Promise<void>
    accept(topic: string): Promise<void>
    drop(topic: string): Promise<void>
  }>
}

const onEmbedded: Fault = {
  name: 'embedded bus',
  async prepare(t) {
    const place = await embeddedBusPlace(t)
    const sql = postgres(place.databaseUrl, { max: 1, fetch_types: false })
    t.teardown(() => sql.end())
    return {
      place,
      refuse: async (topic) => void (await sql.unsafe(`alter table records add constraint refused check (topic <> '${topic}') not valid`)),
      accept: async () => void (await sql.unsafe('alter table records drop constraint refused')),
      async drop(topic) {
        await sql`delete from records where topic = ${topic}`
        await sql`delete from partitions where topic = ${topic}`
        await sql`delete from topics where name = ${topic}`
      },
    }
  },
}

const onKafka: Fault = {
  name: 'Kafka',
  options: needsKafka,
  async prepare(t) {
    const brokers = await testKafka()
    const admin = await foreignAdmin(t, brokers)
    const topicResource = 2
    const takeBytes = async (name: string, bytes: number) => {
      const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }]
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: topicResource, name, configEntries }] })
    }
    return {
      place: { brokers },
      refuse: (topic) => takeBytes(topic, 1),
      accept: (topic) => takeBytes(topic, 1_000_000),
      async drop(topic) {
        await admin.deleteTopics({ topics: [topic] })
        await until(async () => !(await admin.listTopics()).includes(topic), { timeoutMs, what: 'the deletion' })
      },
    }
  },
}

for (const { name, options = {}, prepare: prepareFault } of [onEmbedded, onKafka]) {
  t.test(
    `while dead letters cannot be stored nothing is lost and other partitions go on, and afterwards all go on by themselves (${name})`,
    options,
    async (t) => {
      const { place, refuse, accept } = await prepareFault(t)
      const { db, bus, topic, group, consumer, lines, versions, message, deadLetters } = await prepare(t, place)
      const letters = deadLetterTopic(topic, group)
      await bus.createTopics([letters])
      await refuse(letters)
      const [bad, malformed, good] = [thingIn(1), thingIn(2), thingIn(3)]
      let calls = 0
      const running = consumer(async (events, tx) => {
        await noteEffects(events, tx)
        if (!events.some(({ recordId, sequence }) => recordId === bad && sequence === 2)) return
        if (events.length === 1) calls++
        throw new PermanentError('never')
      })
      await bus.publish([...versions(bad, 3), ...versions(malformed, 1), { ...message({ thingId: malformed, version: 2 }), value: null }])
      await bus.publish([...versions(malformed, 1, 3), ...versions(good, 3)])
      await running.start()
      const refusals = (partition: number) =>
        lines.filter(({ message, bindings }) => /cannot go on now/.test(message) && bindings.partition === partition)
      await until(() => refusals(1).length >= 2 && refusals(2).length >= 2, { timeoutMs, what: 'refusals in both partitions' })
      await bus.publish(versions(good, 3, 4))
      await untilEffects(db, 6, good)
      t.strictSame(await effectsOf(db, bad), [1], 'what is behind the bad one waits')
      t.equal(
        (await bus.lag(group, [topic])).get(topic),
        2 + 3,
        'the offset is before the bad one, and before the batch with the malformed one',
      )
      t.strictSame(await readAll(bus, letters), [])
      t.match(refusals(1)[0], { level: 'warn', bindings: { group, topic, partition: 1, offset: 1, err: Error } })

      await accept(letters)
      await untilEffects(db, 6 + 2 + 2)
      t.strictSame(
        [await effectsOf(db, bad), await effectsOf(db, malformed)],
        [
          [1, 3],
          [1, 3],
        ],
      )
      await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
      const stored = (await deadLetters())
        .map(headersOf)
        .map(({ dlq_partition, dlq_offset, dlq_reason }) => `${dlq_partition}/${dlq_offset} ${dlq_reason}`)
      t.match(stored.toSorted(), ['1/1 never', /^2\/1 malformed/])
      t.equal(new Set(stored).size, 2)
      t.equal(calls, 1, 'the handler was not asked again whether it can handle what it cannot')
    },
  )

  t.test(`a dead letter topic that was deleted is made anew (${name})`, options, async (t) => {
    const { place, drop } = await prepareFault(t)
    const { db, bus, topic, group, consume, versions, message, deadLetters } = await prepare(t, place)
    const thingId = thingIn(1)
    await consume(noteEffects)
    const malformed = (version: number) => ({ ...message({ thingId, version }), value: null })
    await bus.publish([malformed(1), ...versions(thingId, 1, 2)])
    await untilEffects(db, 1)
    await until(async () => (await deadLetters()).length === 1, { timeoutMs, what: 'the first dead letter' })
    await drop(deadLetterTopic(topic, group))
    await bus.publish([malformed(3), ...versions(thingId, 1, 4)])
    await untilEffects(db, 2)
    await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'all offsets' })
    t.match((await deadLetters()).map(headersOf), [{ dlq_offset: '2' }])
    t.strictSame(await effectsOf(db), [2, 4])
  })
}

t.test('the decision to give up outlives the consumer: the next one stores the dead letter and does not try again', async (t) => {
  const { place, refuse, accept } = await onEmbedded.prepare(t)
  const { db, bus, topic, group, consume, lines, versions, deadLetters } = await prepare(t, place)
  const letters = deadLetterTopic(topic, group)
  await bus.createTopics([letters])
  await refuse(letters)
  await bus.publish(versions(thingIn(1), 2))
  let calls = 0
  const retry = { baseMs: 1, maxMs: 2 }
  const first = await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      if (!events.some(({ sequence }) => sequence === 1)) return
      if (events.length === 1) calls++
      throw new TypeError('always')
    },
    { retry },
  )
  await until(() => lines.some(({ message }) => /cannot go on now/.test(message)), { timeoutMs, what: 'a refusal' })
  await first.stop()
  await accept(letters)
  const seen: number[] = []
  await consume(async (events, tx) => {
    seen.push(...events.map(({ sequence }) => sequence ?? 0))
    await noteEffects(events, tx)
  })
  await untilEffects(db, 1)
  t.equal(calls, 5)
  t.strictSame(seen, [2])
  t.match((await deadLetters()).map(headersOf), [
    { dlq_offset: '0', dlq_attempts: '5', dlq_reason: 'always', dlq_error_class: 'TypeError' },
  ])
})
