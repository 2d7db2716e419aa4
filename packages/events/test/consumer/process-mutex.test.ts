import t from 'tap'
import { withProcessMutex } from '../../src/consumer/process-mutex.ts'

const never = new AbortController().signal
const soon = () => new Promise(setImmediate)

t.test('one is at work at a time, in the order they came, whatever becomes of each', async (t) => {
  const order: string[] = []
  const run = (name: string, work: () => Promise<unknown>) =>
    withProcessMutex(async () => {
      order.push(`${name} begins`)
      await soon()
      order.push(`${name} ends`)
      return await work()
    }, never)
  const results = await Promise.allSettled([
    run('a', async () => 1),
    run('b', async () => {
      throw new TypeError('a defect')
    }),
    run('c', async () => 3),
  ])
  t.strictSame(order, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  t.match(results, [{ value: 1 }, { reason: TypeError }, { value: 3 }])
})

t.test('one whose partition is lost while it waits does not begin, and those behind it still wait', async (t) => {
  const gate = Promise.withResolvers<void>()
  const order: string[] = []
  const losing = new AbortController()
  const first = withProcessMutex(() => gate.promise, never)
  const second = withProcessMutex(async () => void order.push('second'), losing.signal)
  const third = withProcessMutex(async () => void order.push('third'), never)
  losing.abort(new Error('lost'))
  await t.rejects(second, /lost/)
  await soon()
  t.strictSame(order, [])
  gate.resolve()
  await Promise.all([first, third])
  t.strictSame(order, ['third'])
})
