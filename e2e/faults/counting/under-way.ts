import type postgres from 'postgres'

/**
 * Has each handling of events take 100 ms more, in the transaction of its effects, so that a consumer is seldom found idle; and has the
 * database note from when to when the transactions ran that committed.
 */
export async function slowHandling(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table test_handlings (group_name text not null, begun timestamptz not null, done timestamptz not null);
    create function test_slow_handling() returns trigger language plpgsql as $$
    begin
      perform pg_sleep(0.1);
      return null;
    end $$;
    create trigger test_slow_handling before insert on inbox for each statement execute function test_slow_handling();
    create function test_note_handling() returns trigger language plpgsql security definer as $$
    begin
      insert into test_handlings values (new.group_name, now(), clock_timestamp());
      return null;
    end $$;
    create constraint trigger test_note_handling after insert on inbox deferrable initially deferred
    for each row execute function test_note_handling();`)
}

/** How many events a group had under way at these moments (performance.now()'s time), and finished. */
export async function countUnderWay(sql: postgres.Sql, group: string, moments: readonly number[]): Promise<number> {
  const times = moments.map((moment) => new Date(performance.timeOrigin + moment).toISOString())
  const [row] = await sql<{ events: number }[]>`
    select count(*)::int as events from test_handlings join unnest(${times}::timestamptz[]) as moment on begun < moment and moment < done
    where group_name = ${group}`
  return row?.events ?? 0
}
