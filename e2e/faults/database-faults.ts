import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'

export interface Terminations {
  everyMs: number
  times: number
}

/** Ends every session on a server but that of `superuser`, again and again. Resolves to how many it ended. */
export async function terminateBackends(superuser: postgres.Sql, { everyMs, times }: Terminations): Promise<number> {
  let terminated = 0
  for (let time = 0; time < times; time++) {
    if (time > 0) await sleep(everyMs)
    const ended = await superuser`
      select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`
    terminated += ended.count
  }
  return terminated
}

/** When the server that runs now was started: each start has its own. */
export async function serverStart(url: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const [row] = await sql<{ at: string }[]>`select pg_postmaster_start_time()::text as at`
    return row?.at ?? ''
  } finally {
    await sql.end({ timeout: 1 })
  }
}
