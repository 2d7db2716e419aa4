import { type Static, Type } from '@sinclair/typebox'
import { OneOf, ref } from '../http/schemas.ts'
import type { AppError } from './app-error.ts'
import { type ProblemCode, problemCodes } from './codes.ts'

/** RFC 9457 problem details, sent as application/problem+json. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri', examples: ['urn:crm:problem:not_found'] }),
    title: Type.String({ examples: [problemCodes.not_found.title] }),
    status: Type.Integer({ examples: [404] }),
    detail: Type.String({ examples: ['There is no lead with this id.'] }),
    code: OneOf(Object.keys(problemCodes) as ProblemCode[], { description: 'Stable; branch on it.', examples: ['not_found'] }),
    instance: Type.String({ description: 'The path of the request.', examples: ['/v1/leads/01980000-0000-7000-8000-000000000001'] }),
    requestId: Type.String({ examples: ['01980000-0000-7000-8000-00000000abcd'] }),
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
const always: ProblemCode[] = [
  'validation_failed',
  'unauthenticated',
  'misdirected_request',
  'internal_error',
  'dependency_unavailable',
  'unavailable',
]

/** The documented error responses of an operation: those every operation has, and `codes`. */
export function problemResponses(...codes: ProblemCode[]): Record<number, object> {
  const byStatus = Object.groupBy([...new Set([...always, ...codes])], (code) => problemCodes[code].status)
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: ref(Problem), examples: examplesOf(group) } },
      },
    ]),
  )
}

function examplesOf(codes: ProblemCode[]) {
  return Object.fromEntries(
    codes.map((code) => {
      const { status, title } = problemCodes[code]
      const value = { type: `urn:crm:problem:${code}`, title, status, detail: `${title}.`, code, instance: '/v1', requestId: 'example' }
      return [code, { value }]
    }),
  )
}
