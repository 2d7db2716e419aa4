import t from 'tap'
import { createWakeUp } from '../../src/timing/wake-up.ts'

const forever = 2 ** 30

t.test('a sleeper is woken at once', async (t) => {
  const wakeUp = createWakeUp()
  const asleep = wakeUp.sleep(forever)
  wakeUp.wake()
  await t.resolves(asleep)
})

t.test('calls made while awake end the next sleep, and only that one', async (t) => {
  const wakeUp = createWakeUp()
  wakeUp.wake()
  wakeUp.wake()
  await wakeUp.sleep(forever)
  let woken = false
  const asleep = wakeUp.sleep(forever).then(() => {
    woken = true
  })
  await new Promise(setImmediate)
  t.equal(woken, false)
  wakeUp.wake()
  await asleep
  t.equal(woken, true)
})

t.test('a sleep ends by itself when its time is over', async (t) => {
  await t.resolves(createWakeUp().sleep(1))
  await t.resolves(createWakeUp().sleep(-1))
})
