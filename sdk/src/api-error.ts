import {
  CrmApiError,
  CrmAuthenticationError,
  CrmConflictError,
  CrmIdempotencyError,
  CrmNotFoundError,
  CrmPermissionError,
  CrmPreconditionFailedError,
  CrmRateLimitError,
  CrmServerError,
  CrmUnavailableError,
  CrmValidationError,
} from './errors.ts'
import type { Problem } from './generated/models.ts'
import { isObject } from './is-object.ts'
import type { ResponseMetadata } from './response-metadata.ts'

const classes: Record<number, typeof CrmApiError> = {
  400: CrmValidationError,
  401: CrmAuthenticationError,
  403: CrmPermissionError,
  404: CrmNotFoundError,
  409: CrmConflictError,
  412: CrmPreconditionFailedError,
  413: CrmValidationError,
  415: CrmValidationError,
  422: CrmValidationError,
  429: CrmRateLimitError,
  431: CrmValidationError,
  502: CrmUnavailableError,
  503: CrmUnavailableError,
  504: CrmUnavailableError,
}

/** The error for a response that is no success. `request` names it in the message, as `POST /v1/leads`. */
export function apiErrorOf(request: string, response: ResponseMetadata, body: unknown): CrmApiError {
  const problem = isProblem(body) ? body : undefined
  const ErrorClass = problem?.code.startsWith('idempotency_')
    ? CrmIdempotencyError
    : (classes[response.status] ?? (response.status >= 500 ? CrmServerError : CrmApiError))
  return new ErrorClass(describe(request, response, problem), { response, problem })
}

function describe(request: string, { status, requestId }: ResponseMetadata, problem: Problem | undefined): string {
  const what = problem ? `${status} ${problem.code}. ${problem.detail}` : `${status}, without a problem document.`
  const where = problem?.errors?.map(({ pointer, message }) => ` ${pointer} ${message}.`).join('') ?? ''
  return `${request}: ${what}${where}${requestId === undefined ? '' : ` (request ${requestId})`}`
}

// What stands between client and API may answer with problems of its own: what the client reads of one must be there.
function isProblem(body: unknown): body is Problem {
  if (!isObject(body)) return false
  const { code, detail, errors = [], existingId = '', requestId = '' } = body
  const isText = [code, detail, existingId, requestId].every((member) => typeof member === 'string')
  return isText && Array.isArray(errors) && errors.every(isInputError)
}

function isInputError(error: unknown): boolean {
  return isObject(error) && typeof error.pointer === 'string' && typeof error.message === 'string'
}
