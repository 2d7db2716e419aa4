import { promisify } from 'node:util'
import { gzip, unzip, zstdDecompress } from 'node:zlib'
// Node finds only some of kafkajs' exports by name.
import kafkajs, { CompressionTypes } from 'kafkajs'
import { decompressFrame } from 'lz4-napi'
import { decompressSnappy } from './snappy.ts'

/** Bytes of one fetched batch at most: by gzip or zstd, few bytes may say that they are very many. Snappy and LZ4 grow 21 and 255 times at most. */
const decompressedAtMost = 128 * 1024 * 1024

const compressGzip = promisify(gzip)
const decompressGzip = promisify(unzip)
const decompressZstd = promisify(zstdDecompress)
const limit = { maxOutputLength: decompressedAtMost }

/** Compressed bytes that are not what their codec says. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError'
}

/**
 * Lets kafkajs read what others compressed by any of Kafka's codecs, up to a limit. By itself it knows gzip, without a limit, and a batch
 * of another ends the consumer. Gzip alone can be written too, as kafkajs does.
 * kafkajs keeps its codecs once for a process, so calling this again changes nothing.
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

function register(
  type: Exclude<CompressionTypes, CompressionTypes.None>,
  name: string,
  decompress: (compressed: Buffer) => Promise<Buffer>,
  compress?: (encoder: { buffer: Buffer }) => Promise<Buffer>,
): void {
  const codec = {
    async compress(encoder: { buffer: Buffer }): Promise<Buffer> {
      if (!compress) throw new Error(`${name} is only read here`)
      return await compress(encoder)
    },
    async decompress(compressed: Buffer): Promise<Buffer> {
      try {
        return await decompress(compressed)
      } catch (cause) {
        throw new DecompressionError(`a batch of records is not what ${name} gives`, { cause })
      }
    },
  }
  kafkajs.CompressionCodecs[type] = () => codec
}
