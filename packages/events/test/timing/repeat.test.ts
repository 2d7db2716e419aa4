import { until } from '@crm/testing/poll.ts'
import t from 'tap'
import { repeat } from '../../src/timing/repeat.ts'

const timeoutMs = 10_000

t.test('work is repeated, also after it failed', async (t) => {
  let runs = 0
  const errors: unknown[] = []
  const work = async () => {
    if (++runs === 2) throw new Error('now and then')
  }
  const repetition = repeat(work, { everyMs: 1, onError: (error) => errors.push(error) })
  await until(() => runs >= 4, { timeoutMs, what: 'four runs' })
  await repetition.stop()
  t.match(errors, [/now and then/])
})

t.test('stopping waits for the run on its way, after which none begins', async (t) => {
  let runs = 0
  const gate = Promise.withResolvers<void>()
  const work = async () => {
    runs++
    await gate.promise
  }
  const repetition = repeat(work, { everyMs: 1, onError: () => t.fail() })
  await until(() => runs === 1, { timeoutMs, what: 'the first run' })
  let stopped = false
  const stopping = repetition.stop().then(() => {
    stopped = true
  })
  await new Promise(setImmediate)
  t.equal(stopped, false)
  gate.resolve()
  await stopping
  const after = repeat(async () => {}, { everyMs: 1, onError: () => t.fail() })
  await after.stop()
  t.equal(runs, 1)
})
