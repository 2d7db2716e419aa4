import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const bytesPerId = 16
// One call for many ids: asking the system for 16 bytes at a time costs more than making the id of them.
const pool = Buffer.alloc(256 * bytesPerId)
let used = pool.length
let msecs = 0
let seq = 0

/** A new UUIDv7 (RFC 9562). The ids that one process makes ascend, also within a millisecond. */
export function newId(): string {
  const random = nextRandomBytes()
  const now = Date.now()
  // Half of the counter's range is left free to count in, until the clock has moved on.
  if (now > msecs) seq = random.readUInt32BE(0) >>> 1
  else seq++
  msecs = Math.max(msecs, now)
  return v7({ random, msecs, seq })
}

function nextRandomBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytesPerId
  return Buffer.from(pool.subarray(used - bytesPerId, used))
}
