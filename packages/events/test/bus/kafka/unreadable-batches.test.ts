import { needsKafka, testKafka } from '@crm/testing/kafka.ts'
import { until } from '@crm/testing/poll.ts'
import kafkajs, { CompressionTypes } from 'kafkajs'
import t from 'tap'
import type { BusRecord } from '../../../src/bus/bus.ts'
import { decompressBatch, readAllCodecs } from '../../../src/bus/kafka/compression/codecs.ts'
import { batchAround } from '../../../src/bus/kafka/compression/record-batch.ts'
import { collect, textOf } from '../../fixtures/collector.ts'
import { keyOf, message } from '../../fixtures/messages.ts'
import { foreignProducer } from './foreign-client.ts'
import { openKafkaBus, uniqueNames } from './kafka.ts'

/** The compressed end of a batch of two records, as it lies behind its header in a response. */
function compressedEnd(): Buffer {
  const batch = Buffer.alloc(61 + 8)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(CompressionTypes.GZIP, 21)
  batch.writeInt32BE(1, 23)
  batch.writeInt32BE(2, 57)
  return batch.subarray(61)
}

const failing = (error: Error) => ({ type: CompressionTypes.GZIP as const, name: 'gzip', decompress: () => Promise.reject(error) })

t.test('a process that is short of memory reads a batch again: its bytes are no worse for that', async (t) => {
  const short = [
    Object.assign(new Error('Memory error'), { code: 'Z_MEM_ERROR' }),
    Object.assign(new Error('Failed to allocate memory'), { code: 'ERR_MEMORY_ALLOCATION_FAILED' }),
    new RangeError('Array buffer allocation failed'),
  ]
  for (const error of short) await t.rejects(decompressBatch(compressedEnd(), failing(error)), { name: 'DecompressionError', cause: error })
  for (const error of [
    Object.assign(new Error('incorrect header check'), { code: 'Z_DATA_ERROR' }),
    new RangeError('Index out of range'),
  ]) {
    const standIn = await decompressBatch(compressedEnd(), failing(error))
    t.match(String(standIn), `the batch of 2 records from offset 0 to 1, 8 bytes of gzip, cannot be read: ${error.message}`)
  }
})

const timeoutMs = 60_000
const mebibyte = 1024 * 1024

t.test(
  'a batch that decompresses to more than is read is delivered as one record that says so, and what is behind it follows',
  needsKafka,
  async (t) => {
    const brokers = await testKafka()
    const { bus } = openKafkaBus(t, brokers)
    const { topic, group } = uniqueNames()
    await bus.createTopics([topic])
    const [key, other] = [keyOf(1), keyOf(2)]
    await bus.publish([message(topic, key, 'before'), message(topic, other, 'other partition')])
    const producer = await foreignProducer(t, brokers)
    const value = Buffer.alloc(45 * mebibyte, 'x')
    await producer.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: [
        { key, value },
        { key, value },
        { key, value },
      ],
    })
    await bus.publish([message(topic, key, 'after')])
    const { records, lines } = await collect(bus, { group, topics: [topic] })
    await until(() => records.length === 4, { timeoutMs, what: 'all four' })
    const again: BusRecord[] = []
    await bus.read(topic, (read) => void again.push(...read))
    for (const read of [records, again]) {
      const [before, batch, after, ...more] = read.filter(({ partition }) => partition === 1)
      if (!before || !batch || !after) throw new Error('a record is missing')
      t.strictSame([textOf(before), textOf(after), more.length], ['before', 'after', 0])
      t.strictSame([before.offset, batch.offset, after.offset], [0, 3, 4])
      t.match(batch, { key: null, headers: {}, unreadable: { firstOffset: 1, records: 3 } })
      t.match(
        batch.unreadable?.reason,
        /^the batch of 3 records from offset 1 to 3, \d+ bytes of gzip, cannot be read: decompressed, it is larger than 134217728 bytes$/,
      )
      t.strictSame(batchAround(batch.value?.subarray(61) ?? Buffer.alloc(0), CompressionTypes.GZIP)?.bytes, batch.value, 'the batch itself')
    }
    await until(async () => (await bus.lag(group, [topic])).get(topic) === 0, { timeoutMs, what: 'the offsets' })
    t.strictSame(
      lines.filter(({ level }) => level !== 'debug'),
      [],
    )
  },
)

t.test('a record that only looks like one of an unreadable batch is delivered as it is', needsKafka, async (t) => {
  const { bus } = openKafkaBus(t, await testKafka())
  const { topic } = uniqueNames()
  await bus.createTopics([topic])
  await bus.publish([{ ...message(topic, 'key', 'value'), headers: { unreadable: Buffer.from('because') } }])
  const read: BusRecord[] = []
  await bus.read(topic, (records) => void read.push(...records))
  t.match(read, [{ headers: { unreadable: Buffer.from('because') } }])
  t.notOk(read[0]?.unreadable)
})

/** A batch as it is in the log, of one record, its records' bytes as given. */
function batchOf(codec: CompressionTypes, compressed: Buffer, records = 1): Buffer {
  const header = Buffer.alloc(61)
  header.writeBigInt64BE(7n, 0)
  header.writeInt32BE(49 + compressed.length, 8)
  header.writeInt8(2, 16)
  header.writeInt16BE(codec, 21)
  header.writeInt32BE(records - 1, 23)
  header.writeInt32BE(records, 57)
  return Buffer.concat([header, compressed])
}

t.test(
  'a batch that was damaged in the log, whatever its codec, is replaced as well, unless it has too many records for that',
  async (t) => {
    readAllCodecs()
    for (const codec of [CompressionTypes.GZIP, CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const) {
      const { decompress } = kafkajs.CompressionCodecs[codec]()
      const damaged = (records: number) => batchOf(codec, Buffer.from('no such thing'), records).subarray(61)
      const standIn: Buffer = await decompress(damaged(3))
      t.ok(standIn.includes('the batch of 3 records from offset 7 to 9, 13 bytes of'), `codec ${codec}`)
      t.ok(standIn.includes('no such thing'))
      await t.rejects(decompress(damaged(1_000_000)), { name: 'DecompressionError', message: /1000000 records from offset 7 on/ })
    }
    const { compress, decompress } = kafkajs.CompressionCodecs[CompressionTypes.GZIP]()
    const cut = batchOf(CompressionTypes.GZIP, await compress({ buffer: Buffer.from([20, 0, 0]) })).subarray(61)
    t.match(String(await decompress(cut)), /what they decompress to is not 1 records/)
  },
)
