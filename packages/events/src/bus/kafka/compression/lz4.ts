import { createInput, type Input } from './input.ts'
import { createOutput, DecompressionError, type Output } from './output.ts'

const frameMagic = 0x184d2204
const flags = { version: 0xc0, blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 }
const version = 0x40
const uncompressedBlock = 0x80000000
const leastMatch = 4
const usualGrowth = 4

/**
 * Decompresses an LZ4 frame. Throws DecompressionError. Checksums are passed over: Kafka has its own for each batch.
 * Format: github.com/lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md.
 */
export function decompressLz4(compressed: Buffer): Buffer {
  const input = createInput(compressed)
  const output = createOutput(usualGrowth * compressed.length)
  const hasBlockChecksums = readHeader(input)
  for (let size = input.integer(4); size !== 0; size = input.integer(4)) {
    if (size >= uncompressedBlock) output.append(input.take(size - uncompressedBlock))
    else readBlock(createInput(input.take(size)), output)
    if (hasBlockChecksums) input.take(4)
  }
  return output.bytes()
}

/** Returns whether the blocks have checksums. */
function readHeader(input: Input): boolean {
  if (input.integer(4) !== frameMagic) throw new DecompressionError('no LZ4 frame')
  const given = input.byte()
  if ((given & flags.version) !== version) throw new DecompressionError('an LZ4 frame of another version')
  if ((given & flags.dictionary) !== 0) throw new DecompressionError('an LZ4 frame with a dictionary')
  // The largest size of a block, the size of the content if it is there, the header's checksum.
  input.take(1 + ((given & flags.contentSize) === 0 ? 0 : 8) + 1)
  return (given & flags.blockChecksum) !== 0
}

/** Literals and a repetition of earlier bytes, in turns; the last have no repetition. Blocks may repeat bytes of those before. */
function readBlock(input: Input, output: Output): void {
  while (!input.isAtEnd()) {
    const token = input.byte()
    output.append(input.take(readLength(input, token >> 4)))
    if (input.isAtEnd()) return
    const back = input.integer(2)
    output.repeat(back, leastMatch + readLength(input, token & 15))
  }
}

/** Fifteen says that there is more: bytes to add, of which the last is not 255. */
function readLength(input: Input, begun: number): number {
  if (begun < 15) return begun
  let length = begun
  for (;;) {
    const more = input.byte()
    length += more
    if (more < 255) return length
  }
}
