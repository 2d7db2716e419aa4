import type { System } from './start-system.ts'

/** Every record of both databases as it stands, by table and id. */
export type Snapshot = ReadonlyMap<string, string>

// A refused login is itself told as an event.
const queries = {
  userDb: `
    select 'company' as kind, id::text, to_jsonb(companies)::text as stored from companies
    union all select 'user', id::text, to_jsonb(users)::text from users
    union all select 'session', id::text, jsonb_build_array(user_id, ended_at)::text from sessions
    union all select 'refresh token', encode(hash, 'hex'), jsonb_build_array(session_id, replaced_at)::text from refresh_tokens
    union all select 'event', id::text, jsonb_build_array(type, record_id, payload)::text from outbox where type <> 'identity.session.rejected'`,
  crmDb: `
    select 'lead' as kind, id::text, to_jsonb(leads)::text as stored from leads
    union all select 'event of crm', id::text, jsonb_build_array(type, record_id, payload)::text from outbox`,
} as const

export async function takeSnapshot({ userDb, crmDb }: System): Promise<Snapshot> {
  const read = (sql: System['crmDb'], query: string) => sql.unsafe<{ kind: string; id: string; stored: string }[]>(query)
  const rows = (await Promise.all([read(userDb, queries.userDb), read(crmDb, queries.crmDb)])).flat()
  return new Map(rows.map(({ kind, id, stored }) => [`${kind} ${id}`, stored]))
}

/** What was written between two snapshots. */
export function changesBetween(before: Snapshot, after: Snapshot): string[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key} was ${before.get(key) ?? 'not there'} and is ${after.get(key) ?? 'gone'}`)
}
