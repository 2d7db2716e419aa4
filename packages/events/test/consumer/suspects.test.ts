import t from 'tap'
import { suspectsTakeTurns } from '../../src/consumer/suspects.ts'

const never = new AbortController().signal
const soon = () => new Promise(setImmediate)

t.test('suspects are in flight one at a time, in the order they came, whatever becomes of each', async (t) => {
  const order: string[] = []
  const suspect = (name: string, work: () => Promise<unknown>) =>
    suspectsTakeTurns(async () => {
      order.push(`${name} begins`)
      await soon()
      order.push(`${name} ends`)
      return await work()
    }, never)
  const results = await Promise.allSettled([
    suspect('a', async () => 1),
    suspect('b', async () => {
      throw new TypeError('a defect')
    }),
    suspect('c', async () => 3),
  ])
  t.strictSame(order, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  t.match(results, [{ value: 1 }, { reason: TypeError }, { value: 3 }])
})

t.test('one whose partition is lost while it waits does not begin, and those behind it still wait', async (t) => {
  const gate = Promise.withResolvers<void>()
  const order: string[] = []
  const losing = new AbortController()
  const first = suspectsTakeTurns(() => gate.promise, never)
  const second = suspectsTakeTurns(async () => void order.push('second'), losing.signal)
  const third = suspectsTakeTurns(async () => void order.push('third'), never)
  losing.abort(new Error('lost'))
  await t.rejects(second, /lost/)
  await soon()
  t.strictSame(order, [])
  gate.resolve()
  await Promise.all([first, third])
  t.strictSame(order, ['third'])
})
