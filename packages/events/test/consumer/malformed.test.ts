import { randomBytes } from 'node:crypto'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import { CompressionTypes } from 'kafkajs'
import t from 'tap'
import type { BusMessage } from '../../src/bus/bus.ts'
import { foreignProducer } from '../bus/kafka/foreign-client.ts'
import { keyOf } from '../fixtures/messages.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { onBothBuses } from './on-buses.ts'
import { headersOf, prepare, thingIn, timeoutMs, untilEffects, upTo } from './prepare.ts'

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

function without({ headers, ...message }: BusMessage, name: string): BusMessage {
  return { ...message, headers: Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name)) }
}

function withHeaders({ headers, ...message }: BusMessage, added: Record<string, string | Buffer>): BusMessage {
  const bytes = Object.entries(added).map(([name, value]) => [name, Buffer.from(value)])
  return { ...message, headers: { ...headers, ...Object.fromEntries(bytes) } }
}

/** Ways to spoil an event, with what the dead letter says of each. */
const spoilt: { how: string; spoil: (event: BusMessage) => BusMessage; reason: RegExp }[] = [
  { how: 'bytes', spoil: (event) => ({ ...event, value: everyByte }), reason: /the value is not JSON in UTF-8/ },
  { how: 'no JSON', spoil: (event) => ({ ...event, value: Buffer.from('{"thingId":') }), reason: /the value is not JSON in UTF-8/ },
  { how: 'no value', spoil: (event) => ({ ...event, value: null }), reason: /the value is not JSON in UTF-8/ },
  { how: 'an empty value', spoil: (event) => ({ ...event, value: Buffer.alloc(0) }), reason: /the value is not JSON in UTF-8/ },
  { how: '1 MB of garbage', spoil: (event) => ({ ...event, value: randomBytes(1_000_000) }), reason: /the value is not JSON in UTF-8/ },
  { how: 'no object', spoil: (event) => ({ ...event, value: Buffer.from('null') }), reason: /payload must be object/ },
  { how: 'another payload', spoil: (event) => ({ ...event, value: Buffer.from('{"note":7}') }), reason: /required property 'thingId'/ },
  { how: 'another type', spoil: (event) => withHeaders(event, { ce_type: 'thing.exploded' }), reason: /type 'thing.exploded' is unknown/ },
  { how: 'no type', spoil: (event) => without(event, 'ce_type'), reason: /header ce_type is missing/ },
  { how: 'no id', spoil: (event) => without(event, 'ce_id'), reason: /header ce_id is missing/ },
  { how: 'no subject', spoil: (event) => without(event, 'ce_subject'), reason: /header ce_subject is missing/ },
  { how: 'no headers at all', spoil: (event) => ({ ...event, headers: {} }), reason: /header ce_specversion is missing/ },
  { how: 'another version', spoil: (event) => withHeaders(event, { ce_specversion: '2.0' }), reason: /ce_specversion is '2.0', not 1.0/ },
  { how: 'no sequence', spoil: (event) => without(event, 'ce_sequence'), reason: /ce_sequence/ },
  { how: 'bytes as id', spoil: (event) => withHeaders(event, { ce_id: everyByte }), reason: /ce_id '\\u0000\\u0001.*' is not a UUID/ },
  {
    how: 'odd headers',
    spoil: (event) => withHeaders({ ...event, value: everyByte }, { odd: everyByte, none: '', __proto__x: 'x', Ünïcode: 'ö' }),
    reason: /the value is not JSON in UTF-8/,
  },
]

onBothBuses(
  testKafka,
  'whatever cannot be read is a dead letter as it was, and the good ones around it are handled in order',
  async (t, place) => {
    const { db, bus, topic, group, lines, consume, message, deadLetters, metric } = await prepare(t, place)
    const thingId = thingIn(4)
    const bad = spoilt.map(({ spoil }, n) => spoil(message({ thingId, version: n + 2 })))
    const last = message({ thingId, version: bad.length * 2 + 2 })
    const good = bad.map((_, n) => message({ thingId, version: 2 * n + 1 }))
    for (const [n, one] of bad.entries()) await bus.publish([good[n] ?? last, one])
    await bus.publish([last])
    await consume(noteEffects)
    await untilEffects(db, good.length + 1)
    t.strictSame(await effectsOf(db), [...good.map((_, n) => 2 * n + 1), bad.length * 2 + 2])
    await until(async () => (await metric('crm_consumer_dead_lettered_total', { cause: 'malformed' })) === bad.length, {
      timeoutMs,
      what: 'a count of each',
    })
    const letters = await deadLetters()
    t.equal(letters.length, bad.length)
    for (const [n, { how, reason }] of spoilt.entries()) {
      const [letter, sent] = [letters[n], bad[n]]
      if (!letter || !sent) continue
      t.strictSame([letter.key, letter.value], [sent.key, sent.value], `${how}: key and bytes`)
      const own = Object.entries(letter.headers).filter(([name]) => !name.startsWith('dlq_'))
      t.strictSame(Object.fromEntries(own), sent.headers, `${how}: headers`)
      const { dlq_topic, dlq_partition, dlq_offset, dlq_group, dlq_attempts, dlq_error_class, dlq_reason } = headersOf(letter)
      t.strictSame([dlq_topic, dlq_partition, dlq_offset, dlq_group], [topic, '4', String(2 * n + 1), group], `${how}: place`)
      t.match(
        { dlq_attempts, dlq_error_class, dlq_reason },
        { dlq_attempts: '1', dlq_error_class: 'MalformedEventError', dlq_reason: reason },
      )
    }
    t.equal(await metric('crm_consumer_duplicates_total'), 0, 'no good one is delivered again')
    const logged = lines.filter(({ level }) => level === 'error')
    t.equal(logged.length, bad.length)
    t.ok(
      logged.every((line) => Buffer.byteLength(JSON.stringify(line.bindings) + String(line.bindings.err)) < 2_000),
      'no line of the log carries the bytes',
    )
    t.notOk(logged.some(({ bindings }) => bindings.err instanceof Error && 'record' in bindings.err))
  },
)

onBothBuses(testKafka, 'a record without a key is a dead letter without a key, and a good one is handled', async (t, place) => {
  const { db, bus, consume, message, deadLetters, metric } = await prepare(t, place)
  await bus.publish([
    { ...message({}), key: null, value: null },
    { ...message({ version: 7 }), key: null },
  ])
  await consume(noteEffects)
  await untilEffects(db, 1)
  await until(async () => (await metric('crm_consumer_dead_lettered_total')) === 1, { timeoutMs, what: 'the dead letter' })
  t.match(await deadLetters(), [{ key: null, value: null, partition: 0 }])
  t.strictSame(await effectsOf(db), [7])
})

t.test(
  'garbage that its producer compressed, more than a broker takes at once when it is not, becomes dead letters',
  needsKafka,
  async (t) => {
    const brokers = await testKafka()
    const { db, bus, topic, consume, message, deadLetters, metric } = await prepare(t, { brokers })
    const producer = await foreignProducer(t, brokers)
    const [key, value] = [keyOf(4), 'x'.repeat(40_000)]
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: upTo(100).map((n) => ({ key, value: `${n}${value}` })) })
    await bus.publish([message({ thingId: thingIn(4), version: 7 })])
    await consume(noteEffects)
    await untilEffects(db, 1)
    await until(async () => (await metric('crm_consumer_dead_lettered_total')) === 100, { timeoutMs, what: 'a count of each' })
    const offsets = (await deadLetters()).map((letter) => Number(headersOf(letter).dlq_offset))
    t.strictSame(
      offsets,
      upTo(100).map((n) => n - 1),
      'each once, in order',
    )
  },
)

t.test('a record that fails its batch is told from a malformed one in it', async (t) => {
  const { db, bus, consume, message, versions, deadLetters } = await prepare(t)
  const thingId = thingIn(4)
  const malformed = { ...message({ thingId, version: 90 }), value: Buffer.from('{') }
  await bus.publish([...versions(thingId, 2), malformed, ...versions(thingId, 2, 3), malformed, ...versions(thingId, 1, 5)])
  await consume(
    async (events, tx) => {
      await noteEffects(events, tx)
      if (events.some(({ sequence }) => sequence === 3)) throw new Error('always')
    },
    { retry: { baseMs: 1, maxMs: 2 } },
  )
  await untilEffects(db, 4)
  t.strictSame(await effectsOf(db), [1, 2, 4, 5])
  const letters = (await deadLetters()).map(headersOf)
  t.strictSame(
    letters.map(({ dlq_offset, dlq_error_class }) => `${dlq_offset} ${dlq_error_class}`),
    ['2 MalformedEventError', '3 Error', '5 MalformedEventError'],
  )
})

t.test('a malformed record before any good one moves the offset of its group', async (t) => {
  const { bus, group, topic, consume, deadLetters } = await prepare(t)
  await consume(noteEffects)
  await bus.publish([{ topic, key: Buffer.from(keyOf(2)), value: null, headers: {} }])
  await until(async () => (await deadLetters()).length === 1, { timeoutMs, what: 'the dead letter' })
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'the offset' })
})
