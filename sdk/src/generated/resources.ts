// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

import type { CrmPromise } from '../crm-promise.ts'
import type { CrmList } from '../list.ts'
import type { Query } from '../operation-types.ts'
import type { ConflictOptions, IdempotencyOptions, RequestOptions } from '../request-options.ts'
import type { Access, Company, CompanyCreate, CompanyPage, CompanyResolution, CompanyResolve, CompanyUpdate, Lead, LeadCreate, LeadPage, LeadUpdate, User, UserCreate, UserPage, UserUpdate } from './models.ts'

/** The version of the API that this client was made from. */
export const apiVersion = '0.1.0'

/** The services, where each has an address of its own. */
export type ServiceName = 'crm' | 'user'

export type ListCompaniesQuery = Query<'listCompanies'>
export type ListUsersQuery = Query<'listUsers'>
export type ListLeadsQuery = Query<'listLeads'>
export type GetLeadQuery = Query<'getLead'>

/** The caller, and the people a caller may see. */
export interface UsersResource {
  /**
   * Get what decides the access of the caller.
   *
   * Which companies surround the caller: the access rules of every service follow from it. 401 once the caller is inactive.
   *
   * `GET /v1/users/me/access`
   *
   * @throws {CrmError} with the code `validation_failed`, `unauthenticated`, `misdirected_request`, `internal_error`, `unavailable`
   */
  myAccess(options?: RequestOptions): CrmPromise<Access>

  /**
   * Get the caller.
   *
   * The user whom `x-user-id` names.
   *
   * `GET /v1/users/me`
   *
   * @throws {CrmError} with the code `validation_failed`, `unauthenticated`, `misdirected_request`, `internal_error`, `unavailable`
   */
  me(options?: RequestOptions): CrmPromise<User>

  /**
   * List users.
   *
   * A PARENT_ADMIN sees the users of their company and of those below it, a CHILD_USER themselves. Names sort by first, then last name.
   *
   * `GET /v1/users`
   *
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `unauthenticated`, `misdirected_request`, `internal_error`, `unavailable`
   */
  list(query?: ListUsersQuery, options?: RequestOptions): CrmList<UserPage>

  /**
   * Create a user.
   *
   * Nobody grants a role above their own. A SYSTEM_ADMIN has no company, everyone else has one.
   *
   * `POST /v1/users`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `email_already_exists`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `internal_error`, `unavailable`
   */
  create(body: UserCreate, options?: RequestOptions & IdempotencyOptions): CrmPromise<User>

  /**
   * Get a user.
   *
   * A user whom the caller may not see is answered as if they were not there.
   *
   * `GET /v1/users/{userId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `unauthenticated`, `not_found`, `misdirected_request`, `internal_error`, `unavailable`
   */
  get(userId: string, options?: RequestOptions): CrmPromise<User>

  /**
   * Change a user.
   *
   * A CHILD_USER changes their own first and last name only. Nobody changes their own role, company or activity.
   *
   * `PATCH /v1/users/{userId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `email_already_exists`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `internal_error`, `unavailable`
   */
  update(userId: string, body: UserUpdate, options?: RequestOptions & IdempotencyOptions & ConflictOptions<User, UserUpdate>): CrmPromise<User>
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
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `unauthenticated`, `misdirected_request`, `internal_error`, `unavailable`
   */
  list(query?: ListCompaniesQuery, options?: RequestOptions): CrmList<CompanyPage>

  /**
   * Create a company.
   *
   * Below a company of the caller, who must be its PARENT_ADMIN or that of one above it. A SYSTEM_ADMIN creates anywhere, roots too.
   *
   * `POST /v1/companies`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `internal_error`, `unavailable`
   */
  create(body: CompanyCreate, options?: RequestOptions & IdempotencyOptions): CrmPromise<Company>

  /**
   * Get a company.
   *
   * Their own, one above it or, for a PARENT_ADMIN, one below it; any other is answered as if it were not there.
   *
   * `GET /v1/companies/{companyId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `unauthenticated`, `not_found`, `misdirected_request`, `internal_error`, `unavailable`
   */
  get(companyId: string, options?: RequestOptions): CrmPromise<Company>

  /**
   * Rename, activate or deactivate a company.
   *
   * A PARENT_ADMIN changes the companies below their own, not their own.
   *
   * `PATCH /v1/companies/{companyId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `internal_error`, `unavailable`
   */
  update(companyId: string, body: CompanyUpdate, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Company, CompanyUpdate>): CrmPromise<Company>

  /**
   * Find out which companies exist and are active.
   *
   * Changes nothing. Anyone may ask about any id; names are given only of companies the caller may see.
   *
   * `POST /v1/companies/resolve`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `internal_error`, `unavailable`
   */
  resolve(body: CompanyResolve, options?: RequestOptions): CrmPromise<CompanyResolution>
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
   * @throws {CrmError} with the code `validation_failed`, `invalid_cursor`, `unauthenticated`, `misdirected_request`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  list(query?: ListLeadsQuery, options?: RequestOptions): CrmList<LeadPage>

  /**
   * Create a lead.
   *
   * The lead is NEW; the system qualifies it within moments and publishes `lead.created`, then `lead.qualified`.
   *
   * `POST /v1/leads`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `lead_already_exists`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_not_found`, `company_inactive`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  create(body: LeadCreate, options?: RequestOptions & IdempotencyOptions): CrmPromise<Lead>

  /**
   * Get a lead.
   *
   * A lead that was deleted, or that the caller may not read, is answered as if it were not there.
   *
   * `GET /v1/leads/{leadId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `unauthenticated`, `not_found`, `misdirected_request`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  get(leadId: string, options?: RequestOptions & { query?: GetLeadQuery | undefined }): CrmPromise<Lead>

  /**
   * Change a lead.
   *
   * Sets the name, or the status to CONTACTED or REJECTED, from any status.
   *
   * `PATCH /v1/leads/{leadId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `invalid_status_transition`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  update(leadId: string, body: LeadUpdate, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead, LeadUpdate>): CrmPromise<Lead>

  /**
   * Delete a lead.
   *
   * The lead can be restored for 30 days.
   *
   * `DELETE /v1/leads/{leadId}`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  delete(leadId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead>): CrmPromise<void>

  /**
   * Restore a deleted lead.
   *
   * Within 30 days of its deletion, unless the company has another lead with its email by now. A live lead stays as it is.
   *
   * `POST /v1/leads/{leadId}/restore`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `lead_already_exists`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  restore(leadId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead>): CrmPromise<Lead>

  /**
   * Erase a lead for good.
   *
   * Removes the lead, deleted or not, and the remembered answers that show it. It cannot be restored. What was published of it leaves the event log with its age.
   *
   * `POST /v1/leads/{leadId}/erase`
   *
   * @throws {CrmError} with the code `validation_failed`, `malformed_body`, `unauthenticated`, `forbidden`, `not_found`, `idempotency_in_progress`, `precondition_failed`, `body_too_large`, `unsupported_media_type`, `misdirected_request`, `idempotency_key_reused`, `company_inactive`, `internal_error`, `unavailable`, `dependency_unavailable`
   */
  erase(leadId: string, options?: RequestOptions & IdempotencyOptions & ConflictOptions<Lead>): CrmPromise<void>
}

/** Every operation of the API, by resource. */
export interface CrmClient {
  /** The caller, and the people a caller may see. */
  users: UsersResource
  /** A tree of companies; a parent is fixed at birth. */
  companies: CompaniesResource
  /** People a company may sell to. */
  leads: LeadsResource
}
