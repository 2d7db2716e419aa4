import { createInput, type Input } from './input.ts'
import { createOutput, DecompressionError, type Output } from './output.ts'

// The Java client's frame: this, two versions of 4 bytes, then blocks with their lengths. Others send one block as it is.
const frameMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const versionBytes = 8
// A repetition of 64 bytes takes 3.
const mostGrowth = 22

/**
 * Decompresses Snappy, in the Java client's frame or without one. Throws DecompressionError.
 * Format: github.com/google/snappy, format_description.txt.
 */
export function decompressSnappy(compressed: Buffer): Buffer {
  if (!compressed.subarray(0, frameMagic.length).equals(frameMagic)) return decompressBlock(compressed)
  const input = createInput(compressed)
  input.take(frameMagic.length + versionBytes)
  const blocks: Buffer[] = []
  while (!input.isAtEnd()) blocks.push(decompressBlock(input.take(input.take(4).readUInt32BE())))
  return Buffer.concat(blocks)
}

function decompressBlock(block: Buffer): Buffer {
  const input = createInput(block)
  const length = readLength(input)
  const output = createOutput(Math.min(length, mostGrowth * block.length))
  while (!input.isAtEnd()) readElement(input, output)
  const bytes = output.bytes()
  if (bytes.length !== length) throw new DecompressionError(`${bytes.length} bytes instead of ${length}`)
  return bytes
}

/** Seven bits a byte, the least significant first; the eighth says that there are more. */
function readLength(input: Input): number {
  let length = 0
  for (let factor = 1; factor <= 128 ** 4; factor *= 128) {
    const byte = input.byte()
    length += (byte & 127) * factor
    if (byte < 128) return length
  }
  throw new DecompressionError('a length of more than 5 bytes')
}

function readElement(input: Input, output: Output): void {
  const tag = input.byte()
  const upper = tag >> 2
  const kind = tag & 3
  // Of a literal, 60 to 63 say that the length follows in 1 to 4 bytes.
  if (kind === 0) output.append(input.take(1 + (upper < 60 ? upper : input.integer(upper - 59))))
  else if (kind === 1) output.repeat((tag >> 5) * 256 + input.byte(), 4 + (upper & 7))
  else output.repeat(input.integer(kind === 2 ? 2 : 4), 1 + upper)
}
