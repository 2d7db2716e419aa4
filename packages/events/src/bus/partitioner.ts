const multiplier = 0x5bd1e995
const seed = 0x9747b28c

/** MurmurHash 2 with the seed of Kafka's Java client, as a signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const tail = data.length & ~3
  let hash = seed ^ data.length
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(view.getInt32(at, true), multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  for (let at = data.length - 1; at >= tail; at--) hash ^= view.getUint8(at) << (8 * (at - tail))
  if (tail < data.length) hash = Math.imul(hash, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition of a key, from 0, as the Java client's default partitioner chooses it; records without a key go to the first. */
export function partitionOf(key: Uint8Array | null, partitions: number): number {
  return key === null ? 0 : (murmur2(key) & 0x7fffffff) % partitions
}
