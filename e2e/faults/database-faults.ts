import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@crm/testing/poll.ts'
import postgres from 'postgres'
import { patienceMs } from './scale.ts'

export interface Terminations {
  everyMs: number
  times: number
  /** Resolves when events are being marked as sent, in the pause of `slowMarking`. */
  amidMarking(): Promise<void>
}

/**
 * Ends every session on a server but that of `superuser`, again and again, and until a marking was among what it ended: those events are
 * sent again. Resolves to how many sessions it ended.
 */
export async function terminateBackends(superuser: postgres.Sql, { everyMs, times, amidMarking }: Terminations): Promise<number> {
  let terminated = 0
  let endedMarking = false
  const deadline = performance.now() + patienceMs
  for (let time = 0; time < times || (!endedMarking && performance.now() < deadline); time++) {
    if (time >= times) await amidMarking()
    else if (time > 0) await sleep(everyMs)
    const ended = await superuser<{ asleep: boolean }[]>`
      select pg_terminate_backend(pid), coalesce(wait_event = 'PgSleep', false) as asleep from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`
    terminated += ended.count
    endedMarking ||= ended.some(({ asleep }) => asleep)
  }
  return terminated
}

/** Resolves when a session of this role, or any for a superuser, is in the pause that `slowMarking` or `slowHandling` makes in this database. */
export async function untilAsleep(sql: postgres.Sql): Promise<void> {
  const anyAsleep = async () => {
    const asleep = await sql`select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
    return asleep.count > 0
  }
  await until(anyAsleep, { timeoutMs: patienceMs, intervalMs: 5, what: 'a statement that the test has made slow' })
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
