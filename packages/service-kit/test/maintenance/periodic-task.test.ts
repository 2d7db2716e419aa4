import { until } from '@crm/testing/poll.ts'
import t, { type Test } from 'tap'
import { periodicTask } from '../../src/maintenance/periodic-task.ts'
import { testServer } from '../http/test-server.ts'

const timeoutMs = 10_000

async function serving(t: Test, run: () => Promise<unknown>, everyMs = 2) {
  const { app, logs } = await testServer(t)
  await app.register(periodicTask, { task: 'tidy up', everyMs, run })
  await app.ready()
  return { app, logs }
}

/** Waits until the task of another app, begun now, has run some times: by then one with the same interval would have run as well. */
async function whileOthersRun(t: Test, everyMs = 2, times = 5): Promise<void> {
  let runs = 0
  await serving(t, async () => runs++, everyMs)
  await until(() => runs >= times, { timeoutMs, what: `${times} runs of another task` })
}

const failures: [string, () => Promise<unknown>][] = [
  ['rejects', () => Promise.reject(new Error('no database'))],
  [
    'throws',
    () => {
      throw new Error('no database')
    },
  ],
]
for (const [how, fail] of failures) {
  t.test(`a task that ${how} is logged and runs again`, async (t) => {
    let runs = 0
    const { logs } = await serving(t, () => (++runs <= 2 ? fail() : Promise.resolve()))
    await until(() => runs >= 4, { timeoutMs, what: 'runs after the failures' })
    t.match(logs(), [
      { level: 'warn', task: 'tidy up', err: { message: 'no database' } },
      { level: 'warn', task: 'tidy up' },
    ])
    t.equal(logs().length, 2)
  })
}

t.test('a task never runs twice at once, however long it takes', async (t) => {
  let [running, most, runs] = [0, 0, 0]
  await serving(t, async () => {
    most = Math.max(most, ++running)
    await whileOthersRun(t)
    running--
    runs++
  })
  await until(() => runs >= 5, { timeoutMs, what: 'five runs' })
  t.equal(most, 1)
})

t.test('close waits for the running task, and none begins afterwards', async (t) => {
  const finish = Promise.withResolvers<void>()
  let [begun, ended] = [0, 0]
  const { app } = await serving(t, async () => {
    begun++
    await finish.promise
    ended++
  })
  await until(() => begun === 1, { timeoutMs, what: 'the first run' })
  let closed = false
  const closing = app.close().then(() => {
    closed = true
  })
  await whileOthersRun(t)
  t.notOk(closed, 'still waiting')
  finish.resolve()
  await closing
  t.equal(ended, 1)
  await whileOthersRun(t)
  t.equal(begun, 1)
})

t.test('an app that is closed before its first run never runs it', async (t) => {
  let runs = 0
  const everyMs = 100
  const { app } = await serving(t, async () => runs++, everyMs)
  await app.close()
  await whileOthersRun(t, everyMs, 2)
  t.equal(runs, 0)
})
