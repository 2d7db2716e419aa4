/** What the header of a record batch says, and the batch itself, as the broker keeps it. See kafka.apache.org/documentation/#recordbatch. */
export interface RecordBatch {
  bytes: Buffer
  firstOffset: number
  lastOffsetDelta: number
  records: number
}

const headerBytes = 61
const magic = 2
const codecMask = 0x07

/**
 * The batch that compressed records are the end of. kafkajs hands them to a codec as a view of the response, so the header is before them;
 * undefined where no such header is.
 */
export function batchAround(compressed: Buffer, codec: number): RecordBatch | undefined {
  const start = compressed.byteOffset - headerBytes
  if (start < 0) return undefined
  const bytes = Buffer.from(compressed.buffer, start, headerBytes + compressed.length)
  const isHeader =
    bytes.readInt8(16) === magic && bytes.readInt32BE(8) === bytes.length - 12 && (bytes.readInt16BE(21) & codecMask) === codec
  if (!isHeader) return undefined
  return parseBatch(bytes)
}

/** Reads the header of a batch that is whole. */
export function parseBatch(bytes: Buffer): RecordBatch {
  return {
    bytes,
    firstOffset: Number(bytes.readBigInt64BE(0)),
    lastOffsetDelta: bytes.readInt32BE(23),
    records: bytes.readInt32BE(57),
  }
}

export interface EncodedRecord {
  offsetDelta: number
  value: Buffer | null
  header: { name: string; value: string }
}

/** A record as it is within a batch, without a key and with one header. */
export function encodeRecord({ offsetDelta, value, header }: EncodedRecord): Buffer {
  const body = Buffer.concat([
    // Attributes, and the time since the batch's.
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(-1),
    ...(value === null ? [varint(-1)] : [varint(value.length), value]),
    varint(1),
    ...[header.name, header.value].map((text) => Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)])),
  ])
  return Buffer.concat([varint(body.length), body])
}

/** Whether bytes are so many records, going by the lengths that they say. */
export function holdsRecords(bytes: Buffer, count: number): boolean {
  let at = 0
  for (let n = 0; n < count; n++) {
    const length = readVarint(bytes, at)
    if (length === undefined || length.value < 0) return false
    at = length.end + length.value
    if (at > bytes.length) return false
  }
  return at === bytes.length
}

/** A 32-bit integer, zigzag and 7 bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}

const mostVarintBytes = 5

function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let raw = 0
  for (let n = 0; n < mostVarintBytes; n++) {
    const byte = bytes[at + n]
    if (byte === undefined) return undefined
    raw |= (byte & 127) << (7 * n)
    if (byte < 128) return { value: (raw >>> 1) ^ -(raw & 1), end: at + n + 1 }
  }
  return undefined
}
