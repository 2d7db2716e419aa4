import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../auth/caller.ts'
import type { Database, Executor } from '../database/database.ts'
import { type WriteResult, writeOnce } from '../idempotency/idempotent-write.ts'
import { identify } from '../idempotency/request-identity.ts'
import { etagOf } from './etag.ts'
import { ref } from './schemas.ts'

const idempotencyKey = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]+$',
    description: 'Names the request, so that it can be sent again without a second effect within 24 hours. Make it random, such as a UUID.',
  }),
)
const ifMatch = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'The ETag the change was decided on; 412 when the record has changed since.',
  }),
)

/** Headers of operations that create. */
export const CreateHeaders = Type.Object({ 'idempotency-key': idempotencyKey })

/** Headers of operations that change a record. */
export const ChangeHeaders = Type.Object({ 'idempotency-key': idempotencyKey, 'if-match': ifMatch })

const etag = { type: 'string', description: "The record's version, for If-Match." }
const location = { type: 'string', description: 'The path of the new record.' }
const idempotentReplayed = {
  type: 'string',
  enum: ['true'],
  description: 'Present when this is the remembered answer to an earlier request.',
}

/** Documents an answer that shows a record: its body and its headers. */
export function recordResponse(description: string, record: TSchema, options: { location?: boolean } = {}) {
  const headers = { etag, 'idempotent-replayed': idempotentReplayed, ...(options.location && { location }) }
  return { description, headers, content: { 'application/json': { schema: ref(record) } } }
}

/** Documents an answer without a body. */
export function noContent(description: string) {
  return { description, type: 'null', headers: { 'idempotent-replayed': idempotentReplayed } }
}

export interface WriteRoute<Body> {
  db: Database
  request: FastifyRequest
  reply: FastifyReply
  /** Refuses before a transaction is open; the place for questions to other services. It must let pass a record it does not find. */
  authorize?(caller: Caller): Promise<void>
  work(on: Executor, caller: Caller): Promise<WriteResult<Body>>
  recheck(record: { recordId: string; companyId: string | null }, caller: Caller): void
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

/** The result of a write that answers with the record it wrote. */
export function recordResult<Body extends { id: string; version: number }>(
  status: 200 | 201,
  record: Body,
  { companyId, location = null }: { companyId: string | null; location?: string | null },
): WriteResult<Body> {
  return { status, body: record, etag: etagOf(record), location, recordId: record.id, companyId }
}

/** The result of a write after which there is nothing to show. */
export function emptyResult(record: { id: string; companyId: string | null }): WriteResult<never> {
  return { status: 204, body: null, etag: null, location: null, recordId: record.id, companyId: record.companyId }
}

function identityOf(request: FastifyRequest) {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') return undefined
  const path = request.url.split('?', 1)[0] ?? request.url
  const userId = request.caller.credentials.userId
  return identify({ userId, method: request.method, path, key, body: request.body, ifMatch: request.headers['if-match'] })
}
