import t from 'tap'
import { maxRestarts, pauseBeforeRestart, restartWindowMs } from '../src/restart-policy.ts'

t.test('each restart within a minute is waited for twice as long as the one before; then there are no more', async (t) => {
  const restartedAt: number[] = []
  const pauses: (number | undefined)[] = []
  for (let restart = 0; restart <= maxRestarts; restart++) {
    pauses.push(pauseBeforeRestart(restartedAt, 1_000))
    restartedAt.push(1_000)
  }
  t.strictSame(pauses, [100, 200, 400, 800, 1_600, undefined])
})

t.test('restarts that are a minute old count no more', async (t) => {
  const restartedAt = [0, 1, 2, 3, 4]
  t.equal(pauseBeforeRestart(restartedAt, restartWindowMs - 1), undefined)
  t.equal(pauseBeforeRestart(restartedAt, restartWindowMs), 1_600)
  t.equal(pauseBeforeRestart(restartedAt, restartWindowMs + 4), 100)
})
