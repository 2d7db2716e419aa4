import { until } from '@crm/testing/poll.ts'
import type postgres from 'postgres'
import { patienceMs } from '../scale.ts'
import type { Supervised } from '../supervised.ts'

/** Has a database note who takes which partition: a consumer does so when the first record of a partition assigned to it comes. */
export async function watchOwners(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table test_owners (owner text not null);
    create function test_note_owner() returns trigger language plpgsql security definer as $$
    begin
      insert into test_owners values (new.owner);
      return null;
    end $$;
    create trigger test_note_owner after insert or update of owner on consumer_partitions for each row execute function test_note_owner();`)
}

/** Resolves when a process has taken a partition: the one that runs now, not one before it. */
export async function untilOwner(sql: postgres.Sql, process: Supervised): Promise<void> {
  const owns = async () => (await sql`select from test_owners where owner like ${`%:${process.pid()}:%`} limit 1`).length > 0
  await until(owns, { timeoutMs: patienceMs, intervalMs: 50, what: `${process.name} has joined its group and has taken a partition` })
}

/** How often partitions were taken so far. */
export async function countTakings(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ takings: number }[]>`select count(*)::int as takings from test_owners`
  return row?.takings ?? 0
}
