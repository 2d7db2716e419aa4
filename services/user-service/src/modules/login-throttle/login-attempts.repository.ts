import { pruneInBatches } from '@crm/events/database/prune-in-batches.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { clientNetwork } from '@crm/service-kit/http/client-address.ts'
import type { LoginAttempt, LoginCounter } from './login-limits.ts'

export interface CountResult {
  /** The counters it was counted in. */
  counted: string[]
  /** Those it was to be counted in. */
  asked: number
  /** Those that were full, and until when; then it was counted in none. */
  full: { id: string; waitMs: number }[]
}

/**
 * Counts an attempt, in all counters that it is to be counted in or, when any is full, in none: that much is one look at the table,
 * without a lock. A row is only ever filled as far as it may be, so of attempts at the same moment some may be counted in some.
 * The account's own counter is left out for who has logged in from the same network before. Successes are counted once they are known.
 */
export async function countAttempt({ sql }: Executor, attempt: LoginAttempt, counters: readonly LoginCounter[]): Promise<CountResult> {
  const { email, address } = attempt
  // `empty_at` is the theoretical arrival time of GCRA.
  const [row] = await sql<CountResult[]>`
    with asked as (
      select a.id, a.kind, a.interval_ms * interval '1 millisecond' as emission_interval,
        a.burst * a.interval_ms * interval '1 millisecond' as ahead_at_most
      from unnest(
        ${counters.map(({ id }) => id)}::text[], ${counters.map(({ kind }) => kind)}::text[],
        ${counters.map(({ emissionIntervalMs }) => emissionIntervalMs)}::int[], ${counters.map(({ burst }) => burst)}::int[]
      ) as a (id, kind, interval_ms, burst)
      where a.kind <> 'account' or not exists (
        select from users u join sessions s on s.user_id = u.id where u.email = ${email} and s.address <<= ${clientNetwork(address)}::inet)
    ), filled as (
      select a.id, extract(epoch from l.empty_at + a.emission_interval - a.ahead_at_most - now()) * 1000 as wait_ms
      from asked a join login_attempts l on l.id = a.id where l.empty_at + a.emission_interval > now() + a.ahead_at_most
    ), counted as (
      insert into login_attempts as l (id, empty_at)
      select a.id, now() + a.emission_interval from asked a
      where a.kind <> 'successes' and not exists (select from filled) order by a.id
      on conflict (id) do update set empty_at = greatest(l.empty_at, now()) + (excluded.empty_at - now())
        where greatest(l.empty_at, now()) + (excluded.empty_at - now())
          <= now() + (select a.ahead_at_most from asked a where a.id = excluded.id)
      returning l.id
    )
    select (select coalesce(array_agg(id), '{}') from counted) as counted,
      (select count(*)::int from asked where kind <> 'successes') as asked,
      (select coalesce(json_agg(json_build_object('id', id, 'waitMs', wait_ms)), '[]') from filled) as full`
  return row ?? { counted: [], asked: counters.length, full: [] }
}

/** Takes an attempt out of counters again; locks them in the order in which attempts are counted. */
export async function uncount({ sql }: Executor, counters: readonly LoginCounter[]): Promise<void> {
  const intervals = counters.map(({ emissionIntervalMs }) => emissionIntervalMs)
  await sql`
    with held as materialized (
      select id from login_attempts where id = any(${counters.map(({ id }) => id)}::text[]) order by id for update
    )
    update login_attempts l set empty_at = l.empty_at - c.interval_ms * interval '1 millisecond'
    from held join unnest(${counters.map(({ id }) => id)}::text[], ${intervals}::int[]) as c (id, interval_ms) using (id)
    where l.id = held.id`
}

/** Counts what has happened, however full the counter is. */
export async function countSuccess({ sql }: Executor, { id, emissionIntervalMs }: LoginCounter): Promise<void> {
  await sql`
    insert into login_attempts as l (id, empty_at) values (${id}, now() + ${emissionIntervalMs}::int * interval '1 millisecond')
    on conflict (id) do update set empty_at = greatest(l.empty_at, now()) + ${emissionIntervalMs}::int * interval '1 millisecond'`
}

export async function clearCounter({ sql }: Executor, id: string): Promise<void> {
  await sql`delete from login_attempts where id = ${id}`
}

/** Deletes counters that are empty again; returns how many. */
export async function pruneLoginAttempts({ sql }: Executor): Promise<number> {
  return pruneInBatches(async (rows) => {
    const { count } = await sql`
      delete from login_attempts where id in (
        select id from login_attempts where empty_at <= now() limit ${rows} for update skip locked)`
    return count
  })
}
