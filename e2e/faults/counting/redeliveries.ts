import type postgres from 'postgres'

/** What came again to a consumer group after its effects were committed. */
export interface Redeliveries {
  /** The same record, as after the end of a process that had not yet committed the offset. */
  ofRecords: number
  /** The same event in another record, as after a relay that sends again. */
  ofEvents: number
}

/**
 * Has a database count what the inbox in it refuses, in the consumer's own transaction: a process that is killed takes nothing with it,
 * and what is rolled back is not counted.
 */
export async function watchRedeliveries(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create table test_redeliveries (group_name text not null, same_record boolean not null);
    create function test_note_redelivery() returns trigger language plpgsql security definer as $$
    begin
      insert into test_redeliveries
      select new.group_name, (i.topic, i.partition, i.record_offset) = (new.topic, new.partition, new.record_offset)
      from inbox i where i.group_name = new.group_name and i.event_id = new.event_id;
      return new;
    end $$;
    create trigger test_note_redelivery before insert on inbox for each row execute function test_note_redelivery();`)
}

/** The count for a group so far. */
export async function countRedeliveries(sql: postgres.Sql, group: string): Promise<Redeliveries> {
  const [row] = await sql<Redeliveries[]>`
    select count(*) filter (where same_record)::int as "ofRecords", count(*) filter (where not same_record)::int as "ofEvents"
    from test_redeliveries where group_name = ${group}`
  return row ?? { ofRecords: 0, ofEvents: 0 }
}
