/** Restarts within the window, at most; a server that needs more does not come back by being started again. */
export const maxRestarts = 5

/** Milliseconds. */
export const restartWindowMs = 60_000

const firstPauseMs = 100

/** Milliseconds to wait before the next restart, twice as long with each within the window; undefined when it is time to give up. */
export function pauseBeforeRestart(restartedAt: readonly number[], now: number): number | undefined {
  const recent = restartedAt.filter((time) => time > now - restartWindowMs).length
  return recent < maxRestarts ? firstPauseMs * 2 ** recent : undefined
}
