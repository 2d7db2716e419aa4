import type postgres from 'postgres'

export interface BareLead {
  id: string
  name: string
  email: string
  status: string
  companyId: string
  createdAt: Date
  updatedAt: Date
  version: number
}

export interface BareEvent {
  id: string
  actorUserId: string
  requestId: string
}

const shards = 32
let shard = 0

/** The insert of a lead and its event, word for word the one crm-service runs: same-statements.ts compares them in each run. */
export async function insertLead(sql: postgres.ISql, lead: BareLead, event: BareEvent): Promise<void> {
  const { id, companyId, name, email, status, version, createdAt, updatedAt } = lead
  const payload = { leadId: id, companyId, actorUserId: event.actorUserId, name, email, status, createdAt, updatedAt }
  shard = (shard + 1) % shards
  await sql`
    with created as (
      insert into leads (id, company_id, name, email, status, version, created_at, updated_at)
      values (${id}, ${companyId}, ${name}, ${email}, ${status}, ${version}, ${createdAt}, ${updatedAt})
      on conflict (company_id, email) where deleted_at is null do nothing
      returning id
    )
    insert into outbox (event_id, type, source, record_id, sequence, payload, request_id, traceparent, shard, occurred_at)
    select ${event.id}::uuid, ${'lead.created'}::text, ${'/crm-service'}::text, ${id}::text, ${version}::bigint,
      ${sql.json(payload as never)}::json, ${event.requestId}::text, ${null}::text, ${shard}::smallint, ${createdAt}::timestamptz from created`
}

/** The same with the key and the answer remembered, in one transaction, its first two statements sent together. */
export async function insertLeadOnce(sql: postgres.Sql, key: string, lead: BareLead, event: BareEvent): Promise<void> {
  await sql.begin(async (tx) => {
    await Promise.all([
      tx`select pg_try_advisory_xact_lock(${lockOf(key)}::bigint) as locked`,
      tx`
      select fingerprint, status, body, etag, location, record_id as "recordId", company_id as "companyId"
      from idempotency_keys where id = ${key} and created_at > now() - interval '24 hours'`,
    ])
    await insertLead(tx, lead, event)
    await tx`
    insert into idempotency_keys (id, fingerprint, status, body, etag, location, record_id, company_id)
    values (${key}, ${key}, ${201}, ${tx.json(lead as never)}, ${'"1"'}, ${`/v1/leads/${lead.id}`}, ${lead.id}, ${lead.companyId})
    on conflict (id) do update set fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, etag = excluded.etag,
      location = excluded.location, record_id = excluded.record_id, company_id = excluded.company_id, created_at = now()`
  })
}

/** A number for the advisory lock: the first 64 random bits of the key, a UUID. */
function lockOf(key: string): string {
  return BigInt.asIntN(64, BigInt(`0x${key.replaceAll('-', '').slice(0, 16)}`)).toString()
}
