import { DecompressionError } from './output.ts'

/** Compressed bytes, read from their beginning; reading past the end throws DecompressionError. */
export interface Input {
  isAtEnd(): boolean
  byte(): number
  /** Unsigned, of 1 to 4 bytes, the least significant first. */
  integer(bytes: number): number
  take(length: number): Buffer
}

export function createInput(buffer: Buffer): Input {
  let at = 0

  function take(length: number): Buffer {
    if (length > buffer.length - at) throw new DecompressionError(`${length} bytes are missing after ${at}`)
    at += length
    return buffer.subarray(at - length, at)
  }

  return {
    isAtEnd: () => at === buffer.length,
    byte: () => take(1).readUInt8(),
    integer: (bytes) => take(bytes).readUIntLE(0, bytes),
    take,
  }
}
