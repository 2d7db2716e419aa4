// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

import type { CrmPromise } from '../crm-promise.ts'
import type { CrmList } from '../list.ts'
import type { Query } from '../operation-types.ts'
import type { ConflictOptions, IdempotencyOptions, RequestOptions } from '../request-options.ts'
import type { Access, AuthTokens, Company, CompanyCreate, CompanyPage, CompanyResolution, CompanyResolve, CompanyUpdate, Lead, LeadCreate, LeadPage, LeadUpdate, Login, PasswordResetInput, PasswordUpdate, PublicKeySet, RefreshTokenInput, SessionPage, User, UserCreate, UserPage, UserUpdate } from './models.ts'

/** The version of the API that this client was made from. */
export const apiVersion = '0.2.0'

/** The services, where each has an address of its own. */
export type ServiceName = 'crm' | 'user'

export type ListCompaniesQuery = Query<'listCompanies'>
export type ListUsersQuery = Query<'listUsers'>
export type ListSessionsQuery = Query<'listSessions'>
export type ListLeadsQuery = Query<'listLeads'>
export type GetLeadQuery = Query<'getLead'>

/** Logging in and out, and the keys that access tokens are checked with. */
export interface AuthResource {
  /**
   * Get the keys that access tokens are checked with.
   *
   * A new key is published a minute before it signs; the one before it stays until its last token has ended.
   *
   * `GET /.well-known/jwks.json`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  publicKeys(options?: RequestOptions): CrmPromise<PublicKeySet>

  /**
   * Log in.
   *
   * Begins a session, which lives for 30 days after its last refresh. A user has 100 at most: one more ends the one that was not refreshed for longest. An unknown email and a wrong password get the same answer; many attempts are slowed: 429 says for how long.
   *
   * `POST /v1/auth/login`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `invalid_credentials`, `forbidden`, `request_timeout`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  login(body: Login, options?: RequestOptions): CrmPromise<AuthTokens>

  /**
   * Get the next access token.
   *
   * The refresh token is replaced by the one in the answer, and works for 10 seconds more: then it gives the same one again. Showing it later ends the session, since it may have been stolen.
   *
   * `POST /v1/auth/refresh`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `invalid_credentials`, `forbidden`, `request_timeout`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  refresh(body?: RefreshTokenInput, options?: RequestOptions): CrmPromise<AuthTokens>

  /**
   * Log out.
   *
   * Ends the session of the refresh token, and its access tokens with it. One that has ended already is left at that.
   *
   * `POST /v1/auth/logout`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `request_timeout`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  logout(body?: RefreshTokenInput, options?: RequestOptions): CrmPromise<void>
}

/** The caller, and the people a caller may see. */
export interface UsersResource {
  /**
   * Get what decides the access of the caller.
   *
   * Which companies surround the caller: the access rules of every service follow from it. 401 once the caller is inactive or their session has ended.
   *
   * `GET /v1/users/me/access`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  myAccess(options?: RequestOptions): CrmPromise<Access>

  /**
   * Get the caller.
   *
   * The user who calls, with their name, role and company.
   *
   * `GET /v1/users/me`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  me(options?: RequestOptions): CrmPromise<User>

  /**
   * List users.
   *
   * A PARENT_ADMIN sees the users of their company and of those below it, a CHILD_USER themselves. Names sort by first, then last name.
   *
   * `GET /v1/users`
   *
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  list(query?: ListUsersQuery, options?: RequestOptions): CrmList<UserPage>

  /**
   * Create a user.
   *
   * Nobody grants a role above their own. A SYSTEM_ADMIN has no company, everyone else has one.
   *
   * `POST /v1/users`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `email_already_exists`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  create(body: UserCreate, options?: RequestOptions & IdempotencyOptions): CrmPromise<User>

  /**
   * Get a user.
   *
   * A user whom the caller may not see is answered as if they were not there.
   *
   * `GET /v1/users/{userId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_request`, `unauthenticated`, `not_found`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  get(userId: string, options?: RequestOptions): CrmPromise<User>

  /**
   * Change a user.
   *
   * A CHILD_USER changes their own first and last name only. Nobody changes their own role, company or activity.
   *
   * `PATCH /v1/users/{userId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `email_already_exists`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  update(userId: string, body: UserUpdate, options?: RequestOptions & IdempotencyOptions & ConflictOptions<User, UserUpdate>): CrmPromise<User>

  /**
   * Change the caller's password.
   *
   * Ends all other sessions of the caller. A wrong current password is 401 `invalid_credentials`; many of them are slowed as logins are.
   *
   * `PUT /v1/users/me/password`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `invalid_credentials`, `request_timeout`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  changePassword(body: PasswordUpdate, options?: RequestOptions): CrmPromise<void>

  /**
   * Reset a user's password.
   *
   * By an administrator whom the user is in the scope of. Ends all sessions of the user. Nobody resets their own.
   *
   * `PUT /v1/users/{userId}/password`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  setPassword(userId: string, body: PasswordResetInput, options?: RequestOptions): CrmPromise<void>
}

/** A tree of companies; a parent is fixed at birth. */
export interface CompaniesResource {
  /**
   * List companies.
   *
   * The companies the caller may see: their own, those above it and, for a PARENT_ADMIN, those below it.
   *
   * `GET /v1/companies`
   *
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  list(query?: ListCompaniesQuery, options?: RequestOptions): CrmList<CompanyPage>

  /**
   * Create a company.
   *
   * Below a company of the caller, who must be its PARENT_ADMIN or that of one above it. A SYSTEM_ADMIN creates anywhere, roots too.
   *
   * `POST /v1/companies`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  create(body: CompanyCreate, options?: RequestOptions & IdempotencyOptions): CrmPromise<Company>

  /**
   * Get a company.
   *
   * Their own, one above it or, for a PARENT_ADMIN, one below it; any other is answered as if it were not there.
   *
   * `GET /v1/companies/{companyId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_request`, `unauthenticated`, `not_found`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  get(companyId: string, options?: RequestOptions): CrmPromise<Company>

  /**
   * Rename, activate or deactivate a company.
   *
   * A PARENT_ADMIN changes the companies below their own, not their own.
   *
   * `PATCH /v1/companies/{companyId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  update(companyId: string, body: CompanyUpdate, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Company, CompanyUpdate>): CrmPromise<Company>

  /**
   * Find out which companies exist and are active.
   *
   * Changes nothing. Anyone may ask about any id; names are given only of companies the caller may see.
   *
   * `POST /v1/companies/resolve`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `request_timeout`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  resolve(body: CompanyResolve, options?: RequestOptions): CrmPromise<CompanyResolution>
}

/** Where the caller is logged in. */
export interface SessionsResource {
  /**
   * List the caller's sessions.
   *
   * Those that live, the newest first unless asked otherwise.
   *
   * `GET /v1/users/me/sessions`
   *
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  list(query?: ListSessionsQuery, options?: RequestOptions): CrmList<SessionPage>

  /**
   * End one of the caller's sessions.
   *
   * Its access tokens are refused within two seconds, everywhere.
   *
   * `DELETE /v1/users/me/sessions/{sessionId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  end(sessionId: string, options?: RequestOptions & IdempotencyOptions): CrmPromise<void>
}

/** People a company may sell to. */
export interface LeadsResource {
  /**
   * List leads.
   *
   * The live leads of the companies the caller may read, newest first unless asked otherwise.
   *
   * `GET /v1/leads`
   *
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `malformed_request`, `unauthenticated`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  list(query?: ListLeadsQuery, options?: RequestOptions): CrmList<LeadPage>

  /**
   * Create a lead.
   *
   * The lead is NEW; the system qualifies it within moments and publishes `lead.created`, then `lead.qualified`.
   *
   * `POST /v1/leads`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `lead_already_exists`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  create(body: LeadCreate, options?: RequestOptions & IdempotencyOptions): CrmPromise<Lead>

  /**
   * Get a lead.
   *
   * A lead that was deleted, or that the caller may not read, is answered as if it were not there.
   *
   * `GET /v1/leads/{leadId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_request`, `unauthenticated`, `not_found`, `request_timeout`, `misdirected_request`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  get(leadId: string, options?: RequestOptions & { query?: GetLeadQuery | undefined }): CrmPromise<Lead>

  /**
   * Change a lead.
   *
   * Sets the name, or the status to CONTACTED or REJECTED, from any status.
   *
   * `PATCH /v1/leads/{leadId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `invalid_status_transition`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  update(leadId: string, body: LeadUpdate, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead, LeadUpdate>): CrmPromise<Lead>

  /**
   * Delete a lead.
   *
   * The lead can be restored for 30 days.
   *
   * `DELETE /v1/leads/{leadId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  delete(leadId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead>): CrmPromise<void>

  /**
   * Restore a deleted lead.
   *
   * Within 30 days of its deletion, unless the company has another lead with its email by now. A live lead stays as it is.
   *
   * `POST /v1/leads/{leadId}/restore`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `lead_already_exists`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  restore(leadId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead>): CrmPromise<Lead>

  /**
   * Erase a lead for good.
   *
   * Removes the lead, deleted or not, and the remembered answers that show it. It cannot be restored. What was published of it leaves the event log with its age.
   *
   * `POST /v1/leads/{leadId}/erase`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `malformed_request`, `unauthenticated`, `forbidden`, `not_found`, `request_timeout`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `rate_limited`, `headers_too_large`, `internal_error`, `unavailable`, `dependency_unavailable`, `dependency_timeout`
   */
  erase(leadId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead>): CrmPromise<void>
}

/** Every operation of the API, by resource. */
export interface CrmClient {
  /** Logging in and out, and the keys that access tokens are checked with. */
  auth: AuthResource
  /** The caller, and the people a caller may see. */
  users: UsersResource
  /** A tree of companies; a parent is fixed at birth. */
  companies: CompaniesResource
  /** Where the caller is logged in. */
  sessions: SessionsResource
  /** People a company may sell to. */
  leads: LeadsResource
}
