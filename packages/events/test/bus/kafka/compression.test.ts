import { randomBytes } from 'node:crypto'
import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { partitionsPerTopic } from '../../../src/bus/bus.ts'
import { decompressLz4 } from '../../../src/bus/kafka/compression/lz4.ts'
import { DecompressionError, decompressedAtMost } from '../../../src/bus/kafka/compression/output.ts'
import { decompressSnappy } from '../../../src/bus/kafka/compression/snappy.ts'
import { collect } from '../../fixtures/collector.ts'
import { keyOf } from '../../fixtures/messages.ts'
import { foreignAdmin } from './foreign-client.ts'
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

t.test('what the formats allow and Kafka seldom sends is read too', async (t) => {
  t.equal(String(decompressSnappy(bytes([5, 4 << 2], 'abcde'))), 'abcde', 'Snappy without a frame')
  t.equal(String(decompressSnappy(bytes([9, 2 << 2], 'abc', [(5 << 2) | 2, 3, 0]))), 'abcabcabc', 'an offset of two bytes')
  t.equal(String(decompressSnappy(bytes([9, 2 << 2], 'abc', [(5 << 2) | 3, 3, 0, 0, 0]))), 'abcabcabc', 'an offset of four bytes')
  t.equal(String(decompressSnappy(bytes([3, 61 << 2, 2, 0], 'abc'))), 'abc', 'a length of two bytes')
  t.equal(decompressSnappy(bytes([0])).length, 0)
  t.equal(String(decompressLz4(lz4Frame([3, 0, 0, 0x80], 'abc'))), 'abc', 'an LZ4 block that is not compressed')
  t.equal(
    String(decompressLz4(lz4Frame([3, 0, 0, 0x80], 'abc', [4, 0, 0, 0, 0x02, 3, 0, 0]))),
    'abcabcabc',
    'a block that repeats what is in the one before',
  )
  const withAll = [0x04, 0x22, 0x4d, 0x18, 0x5c, 0x40, ...Array(8).fill(0), 0]
  t.equal(String(decompressLz4(bytes(withAll, [3, 0, 0, 0x80], 'abc', [1, 2, 3, 4], [0, 0, 0, 0], [5, 6, 7, 8]))), 'abc', 'checksums, size')
})

t.test('bytes that no codec gave are refused with an error, however they look', async (t) => {
  const wrong: [string, (bytes: Buffer) => Buffer, Buffer][] = [
    ['nothing', decompressSnappy, bytes([])],
    ['a length without end', decompressSnappy, bytes(Array(9).fill(255))],
    ['less than was said', decompressSnappy, bytes([9, 4 << 2], 'abcde')],
    ['more than was said', decompressSnappy, bytes([2, 4 << 2], 'abcde')],
    ['a repetition of nothing', decompressSnappy, bytes([4, 1, 0])],
    ['a repetition from before the beginning', decompressSnappy, bytes([9, 2 << 2], 'abc', [(5 << 2) | 2, 4, 0])],
    ['a literal that is cut off', decompressSnappy, bytes([5, 4 << 2], 'ab')],
    ['a frame that is cut off', decompressSnappy, bytes([0x82], 'SNAPPY', [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9])],
    ['nothing', decompressLz4, bytes([])],
    ['another magic', decompressLz4, bytes('abcdefgh')],
    ['another version', decompressLz4, bytes([0x04, 0x22, 0x4d, 0x18, 0x20, 0x40, 0x82, 0, 0, 0, 0])],
    ['a dictionary', decompressLz4, bytes([0x04, 0x22, 0x4d, 0x18, 0x61, 0x40, 0, 0, 0, 0, 0x82, 0, 0, 0, 0])],
    ['no end', decompressLz4, lz4Frame([3, 0, 0, 0x80], 'abc').subarray(0, -4)],
    ['a repetition from before the beginning', decompressLz4, lz4Frame([4, 0, 0, 0, 0x02, 3, 0, 0])],
    ['a repetition of nothing', decompressLz4, lz4Frame([5, 0, 0, 0, 0x10], 'a', [0, 0, 0])],
  ]
  for (const [what, decompress, compressed] of wrong) t.throws(() => decompress(compressed), DecompressionError, what)
  const seeds = [bytes([9, 2 << 2], 'abc', [(5 << 2) | 2, 3, 0]), lz4Frame([7, 0, 0, 0, 0x32], 'abc', [3, 0, 0])]
  for (const [n, decompress] of [decompressSnappy, decompressLz4].entries()) {
    for (let round = 0; round < 5_000; round++) {
      const spoilt = Buffer.from(seeds[n] ?? [])
      for (const at of randomBytes(1 + (round % 3))) spoilt[at % spoilt.length] = randomBytes(1)[0] ?? 0
      try {
        decompress(spoilt)
      } catch (error) {
        if (!(error instanceof DecompressionError)) t.fail(`${error} of ${spoilt.toString('hex')}`)
      }
    }
  }
})

t.test('a few bytes that say they are gigabytes are refused before they take the memory', async (t) => {
  const chunk = Buffer.concat([Buffer.from([0x1f, 'a'.charCodeAt(0), 1, 0]), Buffer.alloc(700_000, 255), Buffer.from([0])])
  const size = Buffer.alloc(4)
  size.writeUInt32LE(chunk.length)
  t.throws(() => decompressLz4(lz4Frame([...size], [...chunk])), { message: `more than ${decompressedAtMost} bytes` })
  t.throws(() => decompressSnappy(bytes([255, 255, 255, 255, 15, 0, 97])), DecompressionError)
})
