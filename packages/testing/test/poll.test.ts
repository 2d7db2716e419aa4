import t from 'tap'
import { until } from '../src/poll.ts'

t.test('polling ends with the first truthy value', async (t) => {
  let tries = 0
  const value = await until(() => (++tries < 3 ? undefined : `try ${tries}`), { timeoutMs: 2000, intervalMs: 1, what: 'three tries' })
  t.equal(value, 'try 3')
})

t.test('polling that runs out of time names what was awaited and the last error', async (t) => {
  const failing = () => {
    throw new Error('connection refused')
  }
  await t.rejects(until(failing, { timeoutMs: 20, intervalMs: 1, what: 'the service is ready' }), {
    message: 'Not within 20 ms: the service is ready: connection refused',
  })
})

t.test('a condition that never answers does not hold up the end', async (t) => {
  await t.rejects(
    until(() => new Promise<boolean>(() => {}), { timeoutMs: 20, what: 'an answer' }),
    { message: /an answer/ },
  )
})
