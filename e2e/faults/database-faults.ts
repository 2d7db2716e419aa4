import { setTimeout as sleep } from 'node:timers/promises'
import type postgres from 'postgres'

export interface Terminations {
  everyMs: number
  forMs: number
}

/** Ends every session on a server but that of `superuser`, again and again. Resolves to how many it ended. */
export async function terminateBackends(superuser: postgres.Sql, { everyMs, forMs }: Terminations): Promise<number> {
  let terminated = 0
  for (const end = performance.now() + forMs; performance.now() < end; await sleep(everyMs)) {
    const ended = await superuser`
      select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`
    terminated += ended.count
  }
  return terminated
}
