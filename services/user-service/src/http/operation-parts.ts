import type { ProblemCode } from '@crm/service-kit/errors/codes.ts'
import { ref } from '@crm/service-kit/http/schemas.ts'
import { type TSchema, Type } from '@sinclair/typebox'

/** The query of an operation without parameters: whatever is given is refused, not ignored. */
export const NoParameters = Type.Object({}, { additionalProperties: false })

/** What every operation with a body may answer. */
export const bodyProblems = ['malformed_body', 'body_too_large', 'unsupported_media_type'] as const satisfies ProblemCode[]

/** What every write may answer beside its own refusals. */
export const writeProblems = [
  ...bodyProblems,
  'forbidden',
  'idempotency_in_progress',
  'idempotency_key_reused',
] as const satisfies ProblemCode[]

export function jsonResponse(description: string, schema: TSchema) {
  return { description, content: { 'application/json': { schema: ref(schema) } } }
}
