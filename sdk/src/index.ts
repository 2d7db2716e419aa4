export { type CrmSessionClient, createCrmClient } from './client.ts'
export type { AccessTokenSource, CrmClientOptions, CrmSessionOptions } from './client-options.ts'
export type { CrmPromise, WithResponse } from './crm-promise.ts'
export {
  CrmAbortError,
  CrmApiError,
  CrmAuthenticationError,
  CrmConflictError,
  CrmConnectionError,
  CrmError,
  CrmIdempotencyError,
  CrmNotFoundError,
  CrmPermissionError,
  CrmPreconditionFailedError,
  CrmRateLimitError,
  CrmServerError,
  CrmTimeoutError,
  CrmUnavailableError,
  CrmValidationError,
  type InputError,
  type ProblemCode,
} from './errors.ts'
export type * from './generated/models.ts'
export * from './generated/resources.ts'
export type { CrmList } from './list.ts'
export type { ConflictOptions, IdempotencyOptions, RecordVersion, RequestOptions } from './request-options.ts'
export type { RateLimit, ResponseMetadata } from './response-metadata.ts'
export type { CrmSession, SessionCredentials } from './session.ts'
export type { SessionTokens, TokensHook } from './session-tokens.ts'
