import { type Static, type TSchema, Type } from '@sinclair/typebox'
import type { ProblemCode } from '../errors/codes.ts'
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

/** What every operation with a body may answer. */
export const bodyProblems = ['malformed_body', 'body_too_large', 'unsupported_media_type'] as const satisfies ProblemCode[]

/** What every write may answer beside its own refusals. */
export const writeProblems = ['forbidden', 'idempotency_in_progress', 'idempotency_key_reused'] as const satisfies ProblemCode[]

/** What every change of a record may answer beside its own refusals; a body that nobody asked for is read as any other. */
export const changeProblems = [...bodyProblems, ...writeProblems, 'not_found', 'precondition_failed'] as const satisfies ProblemCode[]

const etag = { type: 'string', required: true, description: "The record's version, for If-Match.", examples: ['"1"'] }
const location = { type: 'string', required: true, description: 'The path of the new record.' }
const idempotentReplayed = {
  type: 'string',
  enum: ['true'],
  description: 'Present when this is the remembered answer to an earlier request.',
}

/** Documents an answer of JSON. The example is the schema's own unless this operation's answers look different; it is of its type. */
export function jsonResponse<T extends TSchema>(description: string, schema: T, { example }: { example?: Static<T> } = {}) {
  return { description, content: { 'application/json': { schema: ref<TSchema>(schema), ...(example !== undefined && { example }) } } }
}

/** Documents the answer to a read of one record: its body and its ETag. */
export function readResponse(description: string, record: TSchema) {
  return { ...jsonResponse(description, record), headers: { etag } }
}

/** Documents the answer to a write that shows the record: its body and its headers. */
export function recordResponse<T extends TSchema>(
  description: string,
  record: T,
  options: { location?: boolean; example?: Static<T> } = {},
) {
  const headers = { etag, 'idempotent-replayed': idempotentReplayed, ...(options.location && { location }) }
  return { ...jsonResponse(description, record, options), headers }
}

/** Documents an answer without a body. */
export function noContent(description: string) {
  return { description, type: 'null', headers: { 'idempotent-replayed': idempotentReplayed } }
}
