import type { Problem } from './generated/models.ts'
import type { ResponseMetadata } from './response-metadata.ts'

/** Every code that a problem of this version of the API carries; stable, to branch on. A newer server may know more of them. */
export type ProblemCode = Problem['code']
/** One place of a request that must change, by a JSON pointer that starts with /body, /query, /path or /headers. */
export type InputError = NonNullable<Problem['errors']>[number]

export interface CrmErrorDetails {
  response?: ResponseMetadata | undefined
  problem?: Problem | undefined
  idempotencyKey?: string | undefined
  previousFailure?: CrmError | undefined
  cause?: unknown
}

/**
 * What goes wrong with a call. Mistakes in what a call or a client is given are a TypeError instead; what your own `onConflict` throws
 * is passed on as it is.
 */
export class CrmError extends Error {
  override name = 'CrmError'
  /** The HTTP status; undefined when there was no response. */
  readonly status: number | undefined
  /** What went wrong, by a stable code; undefined when nothing that speaks the API responded. */
  readonly code: ProblemCode | undefined
  /** The whole RFC 9457 problem document. */
  readonly problem: Problem | undefined
  /** The request id to quote when asking about this failure. */
  readonly requestId: string | undefined
  /** Status, headers, rate limit and the like of the response, if there was one. */
  readonly response: ResponseMetadata | undefined
  /** The Idempotency-Key of the call, also one that was made for it: the same call with it is the same write. */
  readonly idempotencyKey: string | undefined
  /**
   * How an earlier attempt of the same call ended: the last that may have been done, or else the last. `cause`, too, where there is no
   * other.
   */
  readonly previousFailure: CrmError | undefined

  constructor(message: string, details: CrmErrorDetails = {}) {
    const { response, problem, idempotencyKey, previousFailure, cause = previousFailure } = details
    super(message, cause === undefined ? undefined : { cause })
    this.status = response?.status
    this.code = problem?.code
    this.problem = problem
    this.requestId = response?.requestId ?? problem?.requestId
    this.response = response
    this.idempotencyKey = response?.idempotencyKey ?? idempotencyKey
    this.previousFailure = previousFailure
  }
}

/**
 * An error as a call ends with it. One refresh may have failed several calls: each has an error of its own then, of the same class. What
 * is no CrmError stays as it is.
 */
export function errorOfCall(error: unknown, { idempotencyKey, previousFailure }: CrmErrorDetails): unknown {
  if (!(error instanceof CrmError)) return error
  if (error.idempotencyKey === idempotencyKey && error.previousFailure === previousFailure) return error
  const { message, response, problem, cause } = error
  const own: CrmError = Reflect.construct(error.constructor, [message, { response, problem, cause, idempotencyKey, previousFailure }])
  return own
}

/** The server refused the request or failed on it. Those without a class of their own are this very class. */
export class CrmApiError extends CrmError {
  override name = 'CrmApiError'
  declare readonly status: number
  declare readonly response: ResponseMetadata
}

/** 400, 413, 415, 422, 431: the request must change. `errors` says where. */
export class CrmValidationError extends CrmApiError {
  override name = 'CrmValidationError'
  get errors(): readonly InputError[] {
    return this.problem?.errors ?? []
  }
}

/** 401: the token or the user id is missing, wrong or no longer good; or email and password are wrong, as `invalid_credentials`. */
export class CrmAuthenticationError extends CrmApiError {
  override name = 'CrmAuthenticationError'
}

/** 403: the caller may see this, but not do it. */
export class CrmPermissionError extends CrmApiError {
  override name = 'CrmPermissionError'
}

/** 404: there is no such record, or the caller may not see it. */
export class CrmNotFoundError extends CrmApiError {
  override name = 'CrmNotFoundError'
}

/** 409: it contradicts what is there, such as a record that exists already. */
export class CrmConflictError extends CrmApiError {
  override name = 'CrmConflictError'
  /** The record that exists already, where that is the conflict. */
  get existingId(): string | undefined {
    return this.problem?.existingId
  }
}

/** 412: the record has changed since the version in `ifMatch`. */
export class CrmPreconditionFailedError extends CrmApiError {
  override name = 'CrmPreconditionFailedError'
  /** The ETag of the record as it is now. */
  get etag(): string | undefined {
    return this.response.etag
  }
}

/** The Idempotency-Key was used for another request (422), or its first request is still running (409). */
export class CrmIdempotencyError extends CrmApiError {
  override name = 'CrmIdempotencyError'
}

/** 429: too many requests. */
export class CrmRateLimitError extends CrmApiError {
  override name = 'CrmRateLimitError'
  get retryAfterMs(): number | undefined {
    return this.response.retryAfterMs
  }
}

/** 502, 503, 504: the service, or one that it needs, cannot answer now. */
export class CrmUnavailableError extends CrmApiError {
  override name = 'CrmUnavailableError'
  get retryAfterMs(): number | undefined {
    return this.response.retryAfterMs
  }
}

/** 500 and its like: a defect of the server. */
export class CrmServerError extends CrmApiError {
  override name = 'CrmServerError'
}

/** A success that is not as documented: no JSON, or a body where there is none. What was asked for may have been done or not. */
export class CrmResponseError extends CrmError {
  override name = 'CrmResponseError'
  declare readonly status: number
  declare readonly response: ResponseMetadata
}

/**
 * No access token: the function that gives it failed or gave none, or `onTokens` did, `cause` says how; or nobody is logged in, or another
 * than the call was sent as. This attempt was not sent; what came of an earlier one, `previousFailure` says.
 */
export class CrmAccessTokenError extends CrmError {
  override name = 'CrmAccessTokenError'
}

/** No response: the connection could not be made or was lost. `cause` is what fetch said. */
export class CrmConnectionError extends CrmError {
  override name = 'CrmConnectionError'
}

/** No whole response in time. `cause` is the failure before, if there was one. */
export class CrmTimeoutError extends CrmError {
  override name = 'CrmTimeoutError'
}

/** The call was aborted by its signal; `cause` is the signal's reason. */
export class CrmAbortError extends CrmError {
  override name = 'CrmAbortError'
}
