import { uncompress } from 'snappy'

// What the Java client puts around Snappy: this, two versions of 4 bytes, then blocks, each after its length. Others send one block as it is.
const frameMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const headerBytes = frameMagic.length + 8

/** Decompresses Snappy, in the Java client's frame (github.com/xerial/snappy-java) or without one. Rejects when it is neither. */
export async function decompressSnappy(compressed: Buffer): Promise<Buffer> {
  if (!compressed.subarray(0, frameMagic.length).equals(frameMagic)) return decompressBlock(compressed)
  const blocks: Buffer[] = []
  for (let at = headerBytes; at < compressed.length; ) {
    const start = at + 4
    const end = start + compressed.readUInt32BE(at)
    // A block that was cut short is refused: it says itself how long it is.
    blocks.push(await decompressBlock(compressed.subarray(start, end)))
    at = end
  }
  return Buffer.concat(blocks)
}

async function decompressBlock(block: Buffer): Promise<Buffer> {
  return Buffer.from(await uncompress(block, { asBuffer: true }))
}
