import { setTimeout as sleep, setImmediate as yieldToEvents } from 'node:timers/promises'

/** How a call ended: its value, its error's code or message, or that it did not end within 10 s. */
export type Outcome = { fulfilled: unknown } | { rejected: string } | 'unsettled'

export const settleMs = 10_000

export async function outcomeOf(call: PromiseLike<unknown>): Promise<Outcome> {
  const settled = Promise.resolve(call).then(
    (value): Outcome => ({ fulfilled: value }),
    (error: unknown): Outcome => ({ rejected: errorName(error) }),
  )
  return await Promise.race([settled, sleep(settleMs, 'unsettled' as const, { ref: false })])
}

export interface Counts {
  fulfilled: number
  rejected: number
  unsettled: number
}

/** Keeps `callers` calls going at once until `stop` resolves, then waits for the last ones. */
export async function keepCalling(
  callers: number,
  call: () => PromiseLike<unknown>,
  stop: (counts: Counts) => Promise<void>,
): Promise<Counts> {
  const counts: Counts = { fulfilled: 0, rejected: 0, unsettled: 0 }
  let going = true
  const loops = Array.from({ length: callers }, async () => {
    while (going) {
      const outcome = await outcomeOf(call())
      if (outcome === 'unsettled') counts.unsettled++
      else if ('fulfilled' in outcome) counts.fulfilled++
      else {
        counts.rejected++
        await yieldToEvents()
      }
    }
  })
  await stop(counts)
  going = false
  await Promise.all(loops)
  return counts
}

function errorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
