import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
// Node finds only some of kafkajs' exports by name.
import kafkajs, { CompressionTypes } from 'kafkajs'
import { decompressLz4 } from './lz4.ts'
import { DecompressionError, decompressedAtMost } from './output.ts'
import { decompressSnappy } from './snappy.ts'

type Decompress = (compressed: Buffer) => Buffer | Promise<Buffer>

const decompressZstd = promisify(zstdDecompress)

/**
 * Lets kafkajs read what others compressed by any of Kafka's codecs; by itself it knows gzip, and a batch of another ends the consumer.
 * zstd is Node's own. Snappy and LZ4 are decoded here: both formats are small and final, the packages for them are native addons or have
 * not been released for years. kafkajs keeps its codecs once for a process, so calling this again changes nothing.
 */
export function readAllCodecs(): void {
  register(CompressionTypes.Snappy, 'Snappy', decompressSnappy)
  register(CompressionTypes.LZ4, 'LZ4', decompressLz4)
  register(CompressionTypes.ZSTD, 'zstd', (compressed) => decompressZstd(compressed, { maxOutputLength: decompressedAtMost }))
}

function register(type: Exclude<CompressionTypes, CompressionTypes.None>, name: string, decompress: Decompress): void {
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
