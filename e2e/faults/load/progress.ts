import { until } from '@crm/testing/poll.ts'
import { patienceMs } from '../scale.ts'
import type { Load } from './load.ts'

const enough = 20

/** Resolves when each load has had some more writes acknowledged. */
export async function progress(loads: readonly Load[]): Promise<void> {
  const before = loads.map((load) => load.acknowledged())
  const moved = () => loads.every((load, n) => load.acknowledged() > (before[n] ?? 0) + enough)
  await until(moved, { timeoutMs: patienceMs, what: 'writes are acknowledged' })
}
