import { setTimeout as sleep } from 'node:timers/promises'
import type postgres from 'postgres'
import { outcomeOf } from './settle.ts'

// An outage must not make the client wait longer than the calls may take.
export const options = { onnotice: () => {}, connect_timeout: 3, backoff: () => 0.1 }

/** Whether the pool answers, within the time in which every call has to settle. */
export async function usable(sql: postgres.Sql): Promise<boolean> {
  const outcome = await outcomeOf(sql`select 1 as one`.then(([row]) => row?.one as unknown))
  return outcome !== 'unsettled' && 'fulfilled' in outcome && outcome.fulfilled === 1
}

/** Waits up to 15 s for a condition; a case that goes on without it would show nothing. */
export async function reached(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await condition()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`Not reached: ${condition}`)
  }
}
