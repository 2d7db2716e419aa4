export type { AccessTokenSource } from './access-token.ts'
export { type CrmSessionClient, createCrmClient } from './client.ts'
export type {
  ClientDefaults,
  CrmClientOptions,
  CrmSessionOptions,
  ServiceAddresses,
  SingleAddress,
  TokenCredentials,
  UserIdCredentials,
} from './client-options.ts'
export type { CrmPromise, WithResponse } from './crm-promise.ts'
export {
  CrmAbortError,
  CrmAccessTokenError,
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
  CrmResponseError,
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
export type {
  ConflictOptions,
  ConflictResolution,
  IdempotencyOptions,
  IfMatchOptions,
  RecordVersion,
  RequestOptions,
  ResolvedConflictOptions,
} from './request-options.ts'
export type { RateLimit, ResponseMetadata } from './response-metadata.ts'
export type { CrmSession, SessionCredentials } from './session.ts'
export type { SessionTokens, TokensHook } from './tokens-hook.ts'
