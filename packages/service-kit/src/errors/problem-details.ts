import { type Static, Type } from '@sinclair/typebox'
import { OneOf, ref } from '../http/schemas.ts'
import type { AppError } from './app-error.ts'
import { type ProblemCode, problemCodes } from './codes.ts'

const exampleRequestId = '01980000-0000-7000-8000-00000000abcd'
const exampleId = '01980000-0000-7000-8000-000000000001'

/** RFC 9457 problem details, sent as application/problem+json. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri', examples: ['urn:crm:problem:not_found'] }),
    title: Type.String({ examples: [problemCodes.not_found.title] }),
    status: Type.Integer({ examples: [404] }),
    detail: Type.String({ examples: ['There is no lead with this id.'] }),
    code: OneOf(Object.keys(problemCodes) as ProblemCode[], {
      // Said in the document for what is made from it and held to it: a new value breaks nobody, one that goes does.
      'x-extensible': true,
      description: 'Stable; branch on it. New codes may come: treat one you do not know by its status.',
      examples: ['not_found'],
    }),
    instance: Type.String({ description: 'The path of the request.', examples: ['/v1/leads/01980000-0000-7000-8000-000000000001'] }),
    requestId: Type.String({ examples: [exampleRequestId] }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({ pointer: Type.String({ examples: ['/body/email'] }), message: Type.String({ examples: ['is required'] }) }),
        {
          description: 'For bad input: where and what. Pointers (RFC 6901) start at the request part: /body, /query, /path or /headers.',
        },
      ),
    ),
    existingId: Type.Optional(Type.String({ format: 'uuid', description: 'For duplicates: the record that exists already.' })),
  },
  { $id: 'Problem', description: 'What went wrong, as RFC 9457 problem details.' },
)
export type Problem = Static<typeof Problem>

export function toProblem(error: AppError, request: { url: string; id: string }): Problem & Record<string, unknown> {
  return {
    type: `urn:crm:problem:${error.code}`,
    title: problemCodes[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    instance: request.url.split('?', 1)[0] ?? request.url,
    requestId: request.id,
    ...(error.errors && { errors: error.errors }),
    ...error.extra,
  }
}

/** What every operation can answer, whatever it does. */
const always: ProblemCode[] = ['validation_failed', 'unauthenticated', 'misdirected_request', 'internal_error', 'unavailable']

/** The documented error responses of an operation: those every operation has, and `codes`. */
export function problemResponses(...codes: ProblemCode[]): Record<number, object> {
  const byStatus = Object.groupBy([...new Set([...always, ...codes])], (code) => problemCodes[code].status)
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(' '),
        // The codes as data: clients are made from them, and a release is held to them.
        content: { 'application/problem+json': { schema: ref(Problem), 'x-problem-codes': group, examples: examplesOf(group) } },
        headers: Object.assign({}, ...group.map((code) => headers[code])),
      },
    ]),
  )
}

const retryAfter = { 'retry-after': { type: 'integer', description: 'Seconds to wait before the request is sent again.', examples: [1] } }

const challenge = { 'www-authenticate': { type: 'string', description: 'What is asked for.', examples: ['Bearer realm="crm"'] } }

/** The headers that the problems of a code have beside those of every answer. */
const headers: Partial<Record<ProblemCode, object>> = {
  unauthenticated: challenge,
  invalid_credentials: challenge,
  idempotency_in_progress: retryAfter,
  precondition_failed: { etag: { type: 'string', required: true, description: "The record's current version.", examples: ['"3"'] } },
  rate_limited: retryAfter,
  dependency_unavailable: retryAfter,
  unavailable: retryAfter,
}

/** What the problems of a code carry beside the members that all have. */
const exampleMembers: Partial<Record<ProblemCode, Pick<Problem, 'errors' | 'existingId'>>> = {
  lead_already_exists: { existingId: exampleId },
  email_already_exists: { errors: [{ pointer: '/body/email', message: 'belongs to another user' }] },
  invalid_status_transition: { errors: [{ pointer: '/body/status', message: 'must be CONTACTED or REJECTED' }] },
}

function examplesOf(codes: ProblemCode[]) {
  return Object.fromEntries(
    codes.map((code) => {
      const { status, title } = problemCodes[code]
      // The document of a service puts the path of the operation in place of the instance.
      const value = {
        type: `urn:crm:problem:${code}`,
        title,
        status,
        detail: `${title}.`,
        code,
        instance: '/v1',
        requestId: exampleRequestId,
      }
      return [code, { value: { ...value, ...(code === 'validation_failed' ? invalidInput(codes) : exampleMembers[code]) } }]
    }),
  )
}

// What is wrong for every operation: with a body an unknown field of it, without one an unknown parameter.
function invalidInput(codes: ProblemCode[]): Pick<Problem, 'errors'> {
  const inBody = { pointer: '/body/nickname', message: 'is not a known field' }
  const inQuery = { pointer: '/query/page', message: 'is not a known parameter' }
  return { errors: [codes.includes('malformed_body') ? inBody : inQuery] }
}
