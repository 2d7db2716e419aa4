import t from 'tap'
import { truncated } from '../../src/dead-letters/truncate.ts'

const kibibyte = 1024
const own = { dlq_id: Buffer.from('0123456789ab'), dlq_reason: Buffer.from('it failed') }
const message = (value: Buffer | null, headers: Record<string, Buffer> = {}) => ({
  topic: 'thing.changed.dlq.worker.does-it',
  key: Buffer.from('key'),
  value,
  headers: { ...headers, ...own },
})

t.test('a dead letter of ordinary size is not cut: whatever refuses it can be set right', async (t) => {
  t.equal(truncated(message(Buffer.alloc(500 * kibibyte))), undefined)
  t.equal(truncated(message(null)), undefined)
})

t.test('of a large value the beginning is kept, with key and headers', async (t) => {
  const value = Buffer.from('abcdefgh'.repeat(128 * kibibyte))
  const note = Buffer.from('262144 of 1048576 bytes of the value are kept')
  t.strictSame(truncated(message(value, { odd: Buffer.from('x') })), {
    ...message(value.subarray(0, 256 * kibibyte), { odd: Buffer.from('x') }),
    headers: { odd: Buffer.from('x'), ...own, dlq_truncated: note },
  })
})

t.test('key and headers that are too large by themselves are left out, and what says why it was given up is kept', async (t) => {
  const large = { odd: Buffer.alloc(600 * kibibyte) }
  const note = (text: string) => ({ ...own, dlq_truncated: Buffer.from(text) })
  const headless = { topic: message(null).topic, key: null }
  t.strictSame(truncated(message(Buffer.from('value'), large)), {
    ...headless,
    value: Buffer.from('value'),
    headers: note('key and headers are left out'),
  })
  t.strictSame(truncated(message(Buffer.alloc(300 * kibibyte), large)), {
    ...headless,
    value: Buffer.alloc(256 * kibibyte),
    headers: note('262144 of 307200 bytes of the value are kept, key and headers are left out'),
  })
})
