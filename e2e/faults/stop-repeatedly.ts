import { until } from '@crm/testing/poll.ts'
import type { Load } from './load/load.ts'
import { progress } from './load/progress.ts'
import { patienceMs } from './scale.ts'
import type { Supervised } from './supervised.ts'

export interface Stops {
  loads: readonly Load[]
  times: number
  signal: 'SIGTERM' | 'SIGKILL'
  /** Resolves when the process is amid what the signal is to interrupt; default once the loads get on. */
  amid?: () => Promise<void>
}

/**
 * Ends a process under load, again and again, each time once the loads get on. Resolves to the moments, in performance.now()'s time, just
 * before each signal.
 */
export async function stopRepeatedly(victim: Supervised, { loads, times, signal, amid }: Stops): Promise<number[]> {
  const stops: number[] = []
  for (let stop = 0; stop < times; stop++) {
    await progress(loads)
    await amid?.()
    const starts = victim.starts()
    stops.push(performance.now())
    victim.signal(signal)
    await until(() => victim.starts() > starts, { timeoutMs: patienceMs, what: `${victim.name} ends and is started again` })
    await victim.ready()
  }
  return stops
}

/** Lets the loads get on once more, and come to their end. */
export async function endLoads(loads: readonly Load[]): Promise<void> {
  await progress(loads)
  await Promise.all(loads.map((load) => load.stop()))
}
