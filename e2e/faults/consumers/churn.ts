import { setTimeout as sleep } from 'node:timers/promises'
import { patienceMs } from '../scale.ts'
import type { Supervised } from '../supervised.ts'

export interface Churn {
  forMs: number
  /** On a machine too busy to start a process in a second, it takes longer. */
  leavesAtLeast: number
  /** Goes on until this holds, too, but not for ever. */
  until?(): boolean
  /** Resolves when a process that was started again has joined; default once it is ready, whatever the group says. */
  joined?(process: Supervised): Promise<void>
}

const everyMs = 1_000

/** Each second another process leaves its group by SIGTERM and, once it has ended, joins it again. Resolves to how many have left. */
export async function churn(
  processes: readonly Supervised[],
  { forMs, leavesAtLeast, until = () => true, joined }: Churn,
): Promise<number> {
  const stopping = new Map<Supervised, Promise<void>>()
  let left = 0
  const restart = async (process: Supervised) => {
    await process.stop()
    process.start()
    await (joined ? joined(process) : process.ready())
    stopping.delete(process)
  }
  const deadline = performance.now() + patienceMs
  const isEnough = () => left >= leavesAtLeast && (until() || performance.now() > deadline)
  for (const end = performance.now() + forMs; performance.now() < end || !isEnough(); await sleep(everyMs)) {
    // One is always there.
    const running = processes.filter((process) => !stopping.has(process))
    const [next] = running.toSorted((a, b) => a.starts() - b.starts())
    if (next === undefined || running.length === 1) continue
    stopping.set(next, restart(next))
    left++
  }
  await Promise.all(stopping.values())
  return left
}
