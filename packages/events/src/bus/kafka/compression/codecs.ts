import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
// Node finds only some of kafkajs' exports by name.
import kafkajs, { CompressionTypes } from 'kafkajs'
import { decompressFrame } from 'lz4-napi'
import { decompressSnappy } from './snappy.ts'

/** Bytes of one fetched batch at most: by zstd, a few kilobytes may say that they are gigabytes. Snappy and LZ4 grow 21 and 255 times at most. */
const decompressedAtMost = 128 * 1024 * 1024

const decompressZstd = promisify(zstdDecompress)

/** Compressed bytes that are not what their codec says. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError'
}

/**
 * Lets kafkajs read what others compressed by any of Kafka's codecs; by itself it knows gzip, and a batch of another ends the consumer.
 * kafkajs keeps its codecs once for a process, so calling this again changes nothing.
 */
export function readAllCodecs(): void {
  register(CompressionTypes.Snappy, 'Snappy', decompressSnappy)
  register(CompressionTypes.LZ4, 'LZ4', decompressFrame)
  register(CompressionTypes.ZSTD, 'zstd', (compressed) => decompressZstd(compressed, { maxOutputLength: decompressedAtMost }))
}

function register(
  type: Exclude<CompressionTypes, CompressionTypes.None>,
  name: string,
  decompress: (compressed: Buffer) => Promise<Buffer>,
): void {
  const codec = {
    async compress(): Promise<never> {
      throw new Error(`${name} is only read here`)
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
