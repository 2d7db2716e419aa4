import t from 'tap'
import { murmur2, partitionOf } from '../../src/bus/partitioner.ts'

t.test('keys hash as in the Java client', async (t) => {
  const vectors: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of vectors) t.equal(murmur2(Buffer.from(text)), hash, text)
})

t.test('a key goes to the remainder of its positive hash, a missing key to the first partition', async (t) => {
  t.equal(partitionOf(Buffer.from('abc'), 6), 479470107 % 6)
  t.equal(partitionOf(Buffer.from('foobar'), 6), (-790332482 & 0x7fffffff) % 6)
  t.equal(partitionOf(null, 6), 0)
})
