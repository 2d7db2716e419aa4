import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import kafkajs, { CompressionTypes } from 'kafkajs'
import t, { type Test } from 'tap'
import { deadLetterReplayed } from '../../src/contracts/ops.ts'
import { type DeadLetter, findDeadLetters } from '../../src/dead-letters/find-dead-letters.ts'
import { replayDeadLetters } from '../../src/dead-letters/replay-dead-letters.ts'
import { foreignProducer } from '../bus/kafka/foreign-client.ts'
import { keyOf } from '../fixtures/messages.ts'
import { effectsOf, noteEffects } from './effects.ts'
import { headersOf, type Prepared, prepare, readAll, thingIn, timeoutMs, untilEffects } from './prepare.ts'

const mebibyte = 1024 * 1024
const key = keyOf(4)

/** Repeats at a distance that zstd looks back and gzip does not. */
const repeated = (bytes: number, times: number) => Buffer.concat(Array<Buffer>(times).fill(randomBytes(bytes)))

/** Sends values as another program does, in one batch, before a good event of the same partition. */
async function prepareForeign(t: Test, { codec, values }: { codec: CompressionTypes; values: Buffer[] }) {
  const brokers = await testKafka()
  const prepared = await prepare(t, { brokers })
  const { topic, bus, message } = prepared
  const producer = await foreignProducer(t, brokers)
  const ours = kafkajs.CompressionCodecs[CompressionTypes.ZSTD]
  const compress = async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer)
  kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => ({ ...ours(), compress })
  await producer.send({ topic, compression: codec, messages: values.map((value) => ({ key, value, headers: { odd: 'header' } })) })
  kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = ours
  await bus.publish([message({ thingId: thingIn(4), version: 7 })])
  return prepared
}

/** The dead letters, once the good event behind it is handled. */
async function handledAndGivenUp(t: Test, { db, bus, topic, group, consume }: Prepared): Promise<DeadLetter[]> {
  const consumer = await consume(noteEffects)
  await untilEffects(db, 1)
  await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'the offset' })
  await consumer.stop()
  t.strictSame(await effectsOf(db), [7])
  return await findDeadLetters(bus, { group })
}

async function onlyGivenUp(t: Test, prepared: Prepared): Promise<DeadLetter> {
  const [found, ...others] = await handledAndGivenUp(t, prepared)
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} dead letters`)
  return found
}

t.test(
  'a record many times larger than a topic takes, but for its compression, becomes a dead letter and is replayed',
  needsKafka,
  async (t) => {
    const value = Buffer.from(`{"note": [${'"not what it should be", '.repeat((5 * mebibyte) / 24)}`)
    const prepared = await prepareForeign(t, { codec: CompressionTypes.GZIP, values: [value] })
    const found = await onlyGivenUp(t, prepared)
    const { bus, topic, deadLetters } = prepared
    const [letter] = await deadLetters()
    t.ok(letter?.value?.equals(value))
    t.match(letter && headersOf(letter), { odd: 'header', dlq_reason: /header ce_specversion is missing/ })
    t.equal(await replayDeadLetters(bus, [found]), 1)
    const replay = (await readAll(bus, topic)).at(-1)
    t.ok(replay?.value?.equals(value), 'the replay has all of it')
  },
)

t.test('a record that gzip does not make small enough is kept cut, and its replay is refused', needsKafka, async (t) => {
  const value = repeated(700_000, 4)
  const prepared = await prepareForeign(t, { codec: CompressionTypes.ZSTD, values: [value] })
  const found = await onlyGivenUp(t, prepared)
  const { bus, topic, deadLetters } = prepared
  const [letter] = await deadLetters()
  t.ok(letter?.value?.equals(value.subarray(0, 262_144)))
  t.equal(String(letter?.key), key)
  t.match(letter && headersOf(letter), {
    odd: 'header',
    dlq_reason: /header ce_specversion is missing/,
    dlq_offset: '0',
    dlq_truncated: '262144 of 2800000 bytes of the value are kept',
  })
  const why = 'it was too large to be kept whole (262144 of 2800000 bytes of the value are kept)'
  await t.rejects(replayDeadLetters(bus, [found]), {
    name: 'NotReplayableError',
    message: `dead letter ${found.id} cannot be replayed: ${why}`,
  })
  t.equal((await readAll(bus, topic)).length, 2, 'nothing was sent')
})

t.test('a record of more than 32 MiB is kept cut, however well it compresses', needsKafka, async (t) => {
  const prepared = await prepareForeign(t, { codec: CompressionTypes.GZIP, values: [Buffer.alloc(40 * mebibyte, 'x')] })
  await handledAndGivenUp(t, prepared)
  const [letter] = await prepared.deadLetters()
  t.match(letter && headersOf(letter), { dlq_truncated: '262144 of 41943040 bytes of the value are kept' })
  t.ok(letter?.value?.equals(Buffer.alloc(262_144, 'x')))
})

t.test(
  'a dead letter larger than its original topic takes stays open and is named; those behind it are replayed',
  needsKafka,
  async (t) => {
    const value = repeated(500_000, 3)
    const prepared = await prepareForeign(t, { codec: CompressionTypes.ZSTD, values: [value, Buffer.from('small')] })
    const { bus, topic, group, deadLetters } = prepared
    const [large, small, ...others] = await handledAndGivenUp(t, prepared)
    if (!large || !small || others.length > 0) throw new Error('not two dead letters')
    t.ok((await deadLetters())[0]?.value?.equals(value), 'kept whole')
    const told = async () => (await readAll(bus, deadLetterReplayed.type)).filter(({ value }) => String(value).includes(group)).length
    const refusal = { name: 'NotReplayableError', message: `too large to be replayed to ${topic}: dead letter ${large.id}` }
    await t.rejects(replayDeadLetters(bus, [large, small]), refusal)
    t.strictSame(
      (await findDeadLetters(bus, { group })).map(({ replays }) => replays.length),
      [0, 1],
    )
    t.equal(String((await readAll(bus, topic)).at(-1)?.value), 'small')
    t.equal(await told(), 1, 'nobody is told of what was not sent')
  },
)

t.test(
  'a batch that cannot be decompressed is one dead letter that names its offsets, and its partition goes on',
  needsKafka,
  async (t) => {
    const value = Buffer.alloc(45 * mebibyte)
    const prepared = await prepareForeign(t, { codec: CompressionTypes.GZIP, values: [value, value, value] })
    const found = await onlyGivenUp(t, prepared)
    const { bus, metric, deadLetters, lines } = prepared
    const [letter] = await deadLetters()
    t.match(letter && headersOf(letter), {
      dlq_offset: '2',
      dlq_error_class: 'MalformedEventError',
      dlq_reason:
        /the batch of 3 records from offset 0 to 2, \d+ bytes of gzip, cannot be read: decompressed, it is larger than 134217728 bytes/,
      dlq_unreadable_offsets: '0-2',
    })
    t.equal(letter?.value?.readInt8(16), 2, 'its value is the batch as the broker keeps it')
    t.equal(await metric('crm_consumer_dead_lettered_total', { cause: 'malformed' }), 1)
    t.strictSame(
      lines.filter(({ message }) => /cannot read|cannot go on/.test(message)),
      [],
    )
    await t.rejects(replayDeadLetters(bus, [found]), {
      name: 'NotReplayableError',
      message: `dead letter ${found.id} cannot be replayed: it is a batch of records that cannot be read (offsets 0-2)`,
    })
  },
)
