import { promisify } from 'node:util'
import { gzip, unzip, zstdDecompress } from 'node:zlib'
// Node finds only some of kafkajs' exports by name.
import kafkajs, { CompressionTypes } from 'kafkajs'
import { decompressFrame } from 'lz4-napi'
import { batchAround, holdsRecords } from './record-batch.ts'
import { decompressSnappy } from './snappy.ts'
import { standInRecords } from './unreadable-batch.ts'

/** Bytes of one fetched batch at most: by gzip or zstd, few bytes may say that they are very many. Snappy and LZ4 grow 21 and 255 times at most. */
const decompressedAtMost = 128 * 1024 * 1024
/** kafkajs passes a batch's records as the arguments of one call, and the stack holds no more than some 120,000. */
const recordsAtMost = 100_000

const compressGzip = promisify(gzip)
const decompressGzip = promisify(unzip)
const decompressZstd = promisify(zstdDecompress)
const limit = { maxOutputLength: decompressedAtMost }

/** Compressed bytes that cannot be read. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError'
}

/**
 * Lets kafkajs read what others compressed by any of Kafka's codecs, up to a limit. By itself it knows gzip, without a limit, and a batch
 * of another ends the consumer. A batch that cannot be read becomes one record that says so; see standInRecords. Gzip alone can be
 * written too, as kafkajs does. kafkajs keeps its codecs once for a process, so calling this again changes nothing.
 */
export function readAllCodecs(): void {
  register(
    CompressionTypes.GZIP,
    'gzip',
    (compressed) => decompressGzip(compressed, limit),
    ({ buffer }) => compressGzip(buffer),
  )
  register(CompressionTypes.Snappy, 'Snappy', decompressSnappy)
  register(CompressionTypes.LZ4, 'LZ4', decompressFrame)
  register(CompressionTypes.ZSTD, 'zstd', (compressed) => decompressZstd(compressed, limit))
}

type Codec = Exclude<CompressionTypes, CompressionTypes.None>

function register(
  type: Codec,
  name: string,
  decompress: (compressed: Buffer) => Promise<Buffer>,
  compress?: (encoder: { buffer: Buffer }) => Promise<Buffer>,
): void {
  const codec = {
    async compress(encoder: { buffer: Buffer }): Promise<Buffer> {
      if (!compress) throw new Error(`${name} is only read here`)
      return await compress(encoder)
    },
    decompress: (compressed: Buffer) => decompressBatch(compressed, { type, name, decompress }),
  }
  kafkajs.CompressionCodecs[type] = () => codec
}

interface Decompression {
  type: Codec
  name: string
  decompress(compressed: Buffer): Promise<Buffer>
}

/** Rejects with DecompressionError where the bytes are no batch that something else could stand for, or there is no memory to read them. */
export async function decompressBatch(compressed: Buffer, { type, name, decompress }: Decompression): Promise<Buffer> {
  const batch = batchAround(compressed, type)
  if (batch && batch.records > recordsAtMost)
    throw new DecompressionError(`a batch of ${batch.records} records from offset ${batch.firstOffset} on: more than can be read at once`)
  try {
    const records = await decompress(compressed)
    if (batch && !holdsRecords(records, batch.records)) throw new Error(`what they decompress to is not ${batch.records} records`)
    return records
  } catch (cause) {
    if (!batch || isOutOfMemory(cause)) throw new DecompressionError(`a batch of records cannot be decompressed by ${name}`, { cause })
    const { firstOffset, lastOffsetDelta, records } = batch
    const what = `the batch of ${records} records from offset ${firstOffset} to ${firstOffset + lastOffsetDelta}`
    return standInRecords(batch, `${what}, ${compressed.length} bytes of ${name}, cannot be read: ${describe(cause)}`)
  }
}

const noMemory = new Set(['Z_MEM_ERROR', 'ZSTD_error_memory_allocation', 'ERR_MEMORY_ALLOCATION_FAILED', 'ERR_ZLIB_INITIALIZATION_FAILED'])

/** Whether this process failed, and not the bytes: they are read again. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return noMemory.has(code) || (code === '' && error instanceof RangeError && error.message.includes('allocation'))
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return `decompressed, it is larger than ${decompressedAtMost} bytes`
  return error.message
}
