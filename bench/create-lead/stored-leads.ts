import type postgres from 'postgres'
import type { LeadLoadResult } from '../load/lead-load.ts'

export interface StoredLeads {
  /** Events the relay had not sent when the load ended. */
  unpublished: number
}

/**
 * Throws unless every lead that was answered with 201 is stored with its event, and, with keys, with its remembered answer, and
 * nothing else is but requests that were under way when the time was up.
 */
export async function requireStored(sql: postgres.Sql, load: LeadLoadResult, keyed: boolean): Promise<StoredLeads> {
  const created = new Set(load.answers.map(idOf))
  const [row] = await sql<{ found: number; leads: number; events: number; answers: number; unpublished: number }[]>`
    select count(*)::int as leads,
      count(*) filter (where id = any(${[...created]}::uuid[]))::int as found,
      (select count(*)::int from outbox o join leads l on l.id::text = o.record_id where o.type = 'lead.created') as events,
      (select count(*)::int from idempotency_keys k join leads l on l.id = k.record_id where k.status = 201) as answers,
      (select count(*)::int from outbox where published_at is null) as unpublished
    from leads`
  const { found, leads, events, answers, unpublished } = row ?? { found: 0, leads: 0, events: 0, answers: 0, unpublished: 0 }
  const isWhole = created.size === load.answers.length && found === created.size && leads <= load.sent
  if (!isWhole || events !== leads || answers !== (keyed ? leads : 0)) {
    throw new Error(
      `Of ${load.answers.length} leads answered with 201, ${found} are stored; ` +
        `of ${load.sent} requests in all, ${leads} leads, ${events} events and ${answers} remembered answers`,
    )
  }
  return { unpublished }
}

function idOf(answer: string): string {
  const lead = JSON.parse(answer) as { id: string }
  return lead.id
}

/** Empties the tables, so that each round begins alike, and puts a checkpoint between rounds instead of into one. */
export async function emptyTables(sql: postgres.Sql): Promise<void> {
  await sql`truncate leads, outbox, idempotency_keys`
  await sql`vacuum (analyze) leads, outbox, idempotency_keys, outbox_shards, outbox_relays`
  await sql`checkpoint`
}
