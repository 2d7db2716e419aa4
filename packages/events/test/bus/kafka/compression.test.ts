import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import kafkajs, { CompressionTypes } from 'kafkajs'
import t from 'tap'
import { partitionsPerTopic } from '../../../src/bus/bus.ts'
import { readAllCodecs } from '../../../src/bus/kafka/compression/codecs.ts'
import { collect } from '../../fixtures/collector.ts'
import { keyOf } from '../../fixtures/messages.ts'
import { foreignAdmin, foreignProducer } from './foreign-client.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

const timeoutMs = 30_000

/** Of every kind that a compressor treats in its own way: none, few, alike, periodic, of no pattern, repeated from far before. */
const random = randomBytes(100_000)
const values = [
  Buffer.alloc(0),
  Buffer.from('x'),
  Buffer.alloc(300_000, 'a'),
  Buffer.from('abc'.repeat(50_000)),
  random,
  Buffer.concat([random.subarray(0, 70_000), random.subarray(0, 70_000)]),
  Buffer.from(JSON.stringify(Array.from({ length: 2_000 }, (_, n) => ({ id: n, name: `name ${n % 7}`, at: n * 7_919 })))),
]

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
  t.test(`records that were compressed by ${codec} are read as they were`, needsKafka, async (t) => {
    const brokers = await testKafka()
    const { bus } = openKafkaBus(t, brokers)
    const admin = await foreignAdmin(t, brokers)
    const { topic, group } = uniqueNames()
    // The broker compresses what it stores.
    const configEntries = [{ name: 'compression.type', value: codec }]
    await admin.createTopics({ topics: [{ topic, numPartitions: partitionsPerTopic, replicationFactor: 1, configEntries }] })
    const key = Buffer.from(keyOf(0))
    const sent = values.map((value) => ({ topic, key, value, headers: { kind: Buffer.from('any') } }))
    await bus.publish(sent)
    const { records, lines } = await collect(bus, { group, topics: [topic] })
    await until(() => records.length === values.length, { timeoutMs, what: 'the records' })
    const again: typeof records = []
    await bus.read(topic, (read) => void again.push(...read))
    for (const read of [records, again]) {
      t.equal(read.length, values.length)
      for (const [n, value] of values.entries()) {
        t.ok(read[n]?.value?.equals(value), `value ${n}, of ${value.length} bytes`)
        t.strictSame(read[n]?.headers, { kind: Buffer.from('any') })
      }
    }
    t.strictSame(
      lines.filter(({ level }) => level !== 'debug'),
      [],
    )
  })
}

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)))
const lz4Frame = (...blocks: (string | number[])[]) => bytes([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82], ...blocks, [0, 0, 0, 0])
const javaFrame = (...blocks: (string | number[])[]) => bytes([0x82], 'SNAPPY', [0, 0, 0, 0, 1, 0, 0, 0, 1], ...blocks)

readAllCodecs()
const decompress = {
  Snappy: (compressed: Buffer) => kafkajs.CompressionCodecs[CompressionTypes.Snappy]().decompress(compressed),
  LZ4: (compressed: Buffer) => kafkajs.CompressionCodecs[CompressionTypes.LZ4]().decompress(compressed),
  gzip: (compressed: Buffer) => kafkajs.CompressionCodecs[CompressionTypes.GZIP]().decompress(compressed),
  zstd: (compressed: Buffer) => kafkajs.CompressionCodecs[CompressionTypes.ZSTD]().decompress(compressed),
}

t.test('Snappy is read as the Java client frames it, in several blocks, and as others send it', async (t) => {
  const block = [5, 4 << 2, ...Buffer.from('abcde')]
  t.equal(String(await decompress.Snappy(bytes(block))), 'abcde')
  t.equal(String(await decompress.Snappy(javaFrame([0, 0, 0, 7], block, [0, 0, 0, 7], block))), 'abcdeabcde')
  t.equal((await decompress.Snappy(javaFrame())).length, 0)
})

t.test('bytes that no codec gave are refused with an error that names it, however they look', async (t) => {
  const wrong: [string, keyof typeof decompress, Buffer][] = [
    ['nothing', 'Snappy', bytes([])],
    ['more than was said', 'Snappy', bytes([2, 4 << 2], 'abcde')],
    ['four gigabytes that are not there', 'Snappy', bytes([255, 255, 255, 255, 15, 0, 97])],
    ['a frame without its block', 'Snappy', javaFrame([0, 0, 0, 9])],
    ['a frame with half of its block', 'Snappy', javaFrame([0, 0, 0, 7], [5, 4 << 2], 'ab')],
    ['a frame with half a length', 'Snappy', javaFrame([0, 0])],
    ['another magic', 'LZ4', bytes('abcdefgh')],
    ['a repetition from before the beginning', 'LZ4', lz4Frame([4, 0, 0, 0, 0x02, 3, 0, 0])],
    ['another magic', 'gzip', bytes('abcdefgh')],
    ['more than a batch can be', 'gzip', gzipSync(Buffer.alloc(129 * 1024 * 1024))],
    ['another magic', 'zstd', bytes('abcdefgh')],
    ['more than a batch can be', 'zstd', zstdCompressSync(Buffer.alloc(129 * 1024 * 1024))],
  ]
  for (const [what, codec, compressed] of wrong) {
    const message = `a batch of records cannot be decompressed by ${codec}`
    await t.rejects(decompress[codec](compressed), { name: 'DecompressionError', message }, `${codec}: ${what}`)
  }
})

t.test('gzip can still be written by whoever shares kafkajs with us', needsKafka, async (t) => {
  const brokers = await testKafka()
  const { bus } = openKafkaBus(t, brokers)
  const { topic } = uniqueNames()
  await bus.createTopics([topic])
  const producer = await foreignProducer(t, brokers)
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: values.map((value) => ({ key: keyOf(0), value })) })
  const read: (Buffer | null)[] = []
  await bus.read(topic, (records) => void read.push(...records.map(({ value }) => value)))
  t.strictSame(read, values)
})
