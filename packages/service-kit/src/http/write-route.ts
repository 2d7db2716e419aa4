import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../auth/caller.ts'
import type { Database, Executor } from '../database/database.ts'
import { writeOnce } from '../idempotency/idempotent-write.ts'
import { identify } from '../idempotency/request-identity.ts'
import type { WriteResult } from '../idempotency/write-result.ts'

export interface WriteRoute<Body> {
  db: Database
  request: FastifyRequest
  reply: FastifyReply
  /** Refuses before a transaction is open; the place for questions to other services. It must let pass a record it does not find. */
  authorize?(caller: Caller): Promise<void>
  work(on: Executor, caller: Caller): Promise<WriteResult<Body>>
  /** Throws what the caller gets in place of an answer that is remembered: their access, or the record's company, may have changed. */
  recheck(record: { recordId: string; companyId: string | null }, caller: Caller): void | Promise<void>
  /** Called once the write is committed. */
  afterCommit(): void
}

/** The frame of every write: as the caller, once per Idempotency-Key, with the headers a record's answer has. */
export async function runWrite<Body>(route: WriteRoute<Body>): Promise<Body | null> {
  const { db, request, reply } = route
  const result = await request.asCaller(async (caller) => {
    await route.authorize?.(caller)
    return writeOnce({
      db,
      identity: identityOf(request),
      work: (on) => route.work(on, caller),
      recheck: (record) => route.recheck(record, caller),
    })
  })
  if (result.replayed) reply.header('idempotent-replayed', 'true')
  else route.afterCommit()
  if (result.etag !== null) reply.header('etag', result.etag)
  if (result.location !== null) reply.header('location', result.location)
  reply.code(result.status)
  return result.body
}

function identityOf(request: FastifyRequest) {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') return undefined
  const path = request.url.split('?', 1)[0] ?? request.url
  const userId = request.caller.credentials.userId
  return identify({ userId, method: request.method, path, key, body: request.body, ifMatch: request.headers['if-match'] })
}
