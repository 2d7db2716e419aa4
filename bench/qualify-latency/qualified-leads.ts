import type postgres from 'postgres'

/** Tells when leads become QUALIFIED for everybody to see. */
export interface QualifiedLeads {
  /** Resolves to the moment, on the clock of performance.now(), at which the change was heard of. */
  when(leadId: string): Promise<number>
}

/**
 * Listens to a trigger that it adds to the leads table. PostgreSQL sends a notification once its transaction is committed, so it
 * comes when another session can see the change, on one clock with the client's, and nobody has to poll.
 */
export async function listenForQualified(sql: postgres.Sql): Promise<QualifiedLeads> {
  await sql`
    create function bench_lead_qualified() returns trigger language plpgsql as $$
    begin perform pg_notify('bench_lead_qualified', new.id::text); return null; end $$`
  await sql`
    create trigger bench_lead_qualified after update on leads for each row
    when (old.status = 'NEW' and new.status = 'QUALIFIED') execute function bench_lead_qualified()`
  const heard = new Map<string, number>()
  const waiting = new Map<string, (moment: number) => void>()
  await sql.listen('bench_lead_qualified', (leadId) => {
    const moment = performance.now()
    const resolve = waiting.get(leadId)
    if (resolve === undefined) heard.set(leadId, moment)
    else resolve(moment)
    waiting.delete(leadId)
  })
  return {
    async when(leadId) {
      const moment = heard.get(leadId)
      heard.delete(leadId)
      return moment ?? (await new Promise<number>((resolve) => waiting.set(leadId, resolve)))
    },
  }
}
