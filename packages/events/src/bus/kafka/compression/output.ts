/** Bytes of one fetched batch at most, decompressed: a few kilobytes may say that they are gigabytes. */
export const decompressedAtMost = 128 * 1024 * 1024

/** Compressed bytes that are not what their codec says, or too many. */
export class DecompressionError extends Error {
  override readonly name = 'DecompressionError'
}

/** What a decoder of the LZ77 family writes: bytes as they come, and repetitions of those before. All throw DecompressionError. */
export interface Output {
  append(bytes: Uint8Array): void
  /** Repeats `length` bytes, beginning so far back; what is repeated may be part of it. */
  repeat(back: number, length: number): void
  bytes(): Buffer
}

export function createOutput(expectedBytes: number): Output {
  let buffer = Buffer.allocUnsafe(Math.min(expectedBytes, decompressedAtMost))
  let end = 0

  function reserve(length: number): void {
    const needed = end + length
    if (needed > decompressedAtMost) throw new DecompressionError(`more than ${decompressedAtMost} bytes`)
    if (needed <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.min(decompressedAtMost, Math.max(needed, 2 * buffer.length)))
    buffer.copy(larger, 0, 0, end)
    buffer = larger
  }

  return {
    append(bytes) {
      reserve(bytes.length)
      buffer.set(bytes, end)
      end += bytes.length
    },
    repeat(back, length) {
      if (back === 0 || back > end) throw new DecompressionError(`a repetition of ${back} bytes before, of ${end}`)
      reserve(length)
      // Each piece is as long as what is there to copy, so the copied part grows.
      for (let copied = 0; copied < length; ) {
        const piece = Math.min(length - copied, back + copied)
        buffer.copyWithin(end + copied, end - back, end - back + piece)
        copied += piece
      }
      end += length
    },
    bytes: () => buffer.subarray(0, end),
  }
}
