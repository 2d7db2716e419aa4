import t from 'tap'
import { mapConcurrently } from '../../src/timing/map-concurrently.ts'

const soon = () => new Promise(setImmediate)

t.test('results come in the order of the items, with no more under way than said', async (t) => {
  let underWay = 0
  let most = 0
  const results = await mapConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++underWay)
    for (let n = 0; n < 8 - item; n++) await soon()
    underWay--
    return item * 10
  })
  t.strictSame(results, [10, 20, 30, 40, 50, 60, 70])
  t.equal(most, 3)
  t.strictSame(await mapConcurrently([], 3, async () => 1), [])
  t.strictSame(await mapConcurrently([1], 3, async (item) => item), [1])
})

t.test('after a failure none begins, and those under way are waited for', async (t) => {
  const begun: number[] = []
  const ended: number[] = []
  const mapping = mapConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item)
    if (item === 1) throw new TypeError('a defect')
    for (let n = 0; n < 5; n++) await soon()
    ended.push(item)
  })
  await t.rejects(mapping, TypeError)
  t.strictSame([begun, ended], [[1, 2], [2]])
})
