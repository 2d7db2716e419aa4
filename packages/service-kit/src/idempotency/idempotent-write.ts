import type { Database, Executor } from '../database/database.ts'
import { AppError } from '../errors/app-error.ts'
import type { RequestIdentity } from './request-identity.ts'
import type { WriteResult } from './write-result.ts'

export interface IdempotentWrite<Body> {
  db: Database
  identity: RequestIdentity | undefined
  /** Does the write. Its effects and the remembered answer commit together. */
  work(on: Executor): Promise<WriteResult<Body>>
  /** Checks the caller's access anew before a remembered answer is given; throws the refusal. */
  recheck(record: { recordId: string; companyId: string | null }): void | Promise<void>
}

interface Remembered<Body> extends WriteResult<Body> {
  fingerprint: string
}

/** Runs a write once per Idempotency-Key: the first 2xx is remembered in the write's own transaction and given again to the same request. */
export async function writeOnce<Body>(write: IdempotentWrite<Body>): Promise<WriteResult<Body> & { replayed: boolean }> {
  const { db, identity } = write
  if (!identity) return { ...(await write.work(db)), replayed: false }
  const remembered = await db.transaction(async (tx) => {
    const found = await lockAndFind<Body>(tx, identity)
    if (found) return found
    const result = await write.work(tx)
    await remember(tx, identity, result)
    return { ...result, replayed: false as const }
  })
  if (!('fingerprint' in remembered)) return remembered
  return replay(remembered, write, identity)
}

// Two statements in one round trip: the second sees what the holder of the lock committed before it let go.
async function lockAndFind<Body>({ sql }: Executor, { id, lock }: RequestIdentity): Promise<Remembered<Body> | undefined> {
  const [[locked], [row]] = await Promise.all([
    sql<{ locked: boolean }[]>`select pg_try_advisory_xact_lock(${lock}::bigint) as locked`,
    sql<Remembered<Body>[]>`
      select fingerprint, status, body, etag, location, record_id as "recordId", company_id as "companyId"
      from idempotency_keys where id = ${id} and created_at > now() - interval '24 hours'`,
  ])
  if (!locked?.locked) {
    throw new AppError('idempotency_in_progress', 'The first request with this key has not finished. Ask again shortly.', {
      headers: { 'retry-after': '1' },
    })
  }
  return row
}

async function remember<Body>({ sql }: Executor, { id, fingerprint }: RequestIdentity, result: WriteResult<Body>): Promise<void> {
  const body = result.body === null ? null : JSON.stringify(result.body)
  await sql`
    insert into idempotency_keys (id, fingerprint, status, body, etag, location, record_id, company_id)
    values (${id}, ${fingerprint}, ${result.status}, ${body}, ${result.etag}, ${result.location}, ${result.recordId}, ${result.companyId})
    on conflict (id) do update set fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body, etag = excluded.etag,
      location = excluded.location, record_id = excluded.record_id, company_id = excluded.company_id, created_at = now()`
}

async function replay<Body>(remembered: Remembered<Body>, write: IdempotentWrite<Body>, identity: RequestIdentity) {
  if (remembered.fingerprint !== identity.fingerprint) {
    throw new AppError(
      'idempotency_key_reused',
      'This Idempotency-Key came before with another body or If-Match. Use a new key for a new request.',
    )
  }
  await write.recheck(remembered)
  if (remembered.body === null && remembered.status !== 204) throw new AppError('not_found', 'The record of this request has been erased.')
  const { fingerprint: _, ...result } = remembered
  return { ...result, replayed: true }
}

/** Forgets the answers that showed a record, because the record is erased. */
export async function forgetAnswers({ sql }: Executor, recordId: string): Promise<void> {
  await sql`update idempotency_keys set body = null where record_id = ${recordId} and body is not null`
}
