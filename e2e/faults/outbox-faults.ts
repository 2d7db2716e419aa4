import type postgres from 'postgres'

/** Has each statement that marks events as sent take a while: most faults then come when events are sent and not yet marked. */
export async function slowMarking(crmDb: postgres.Sql): Promise<void> {
  await onMarking(crmDb, 'perform pg_sleep(0.1)')
}

/** Has every other statement that marks events as sent fail: the relay then sends them again. */
export async function failMarking(crmDb: postgres.Sql): Promise<void> {
  await crmDb`create sequence test_marks`
  await onMarking(crmDb, `if nextval('test_marks') % 2 = 0 then raise exception 'the test refuses this mark'; end if`)
}

async function onMarking(crmDb: postgres.Sql, statement: string): Promise<void> {
  await crmDb.unsafe(`
    create function test_on_marking() returns trigger language plpgsql security definer as $$
    begin
      ${statement};
      return null;
    end $$;
    create trigger test_on_marking before update of published_at on outbox for each statement execute function test_on_marking();`)
}
