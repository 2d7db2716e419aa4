import t from 'tap'
import { backoffDelay } from '../../src/timing/backoff.ts'

const range = { baseMs: 2_000, maxMs: 60_000 }

t.test('the delay doubles with each failure up to the maximum', async (t) => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 1_000].map((failures) => backoffDelay(failures, range, () => 0))
  t.strictSame(delays, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

t.test('jitter shortens a delay by a fifth at most', async (t) => {
  t.equal(
    backoffDelay(1, range, () => 1),
    1_600,
  )
  t.equal(
    backoffDelay(9, range, () => 0.5),
    54_000,
  )
})
