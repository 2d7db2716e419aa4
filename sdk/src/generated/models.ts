// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

import type { AllowUndefined } from '../operation-types.ts'
import type { components } from './schema.ts'

/** What went wrong, as RFC 9457 problem details. */
export type Problem = components['schemas']['Problem']

/** A key that access tokens are checked with, as JSON Web Key (RFC 7517, RFC 8037). */
export type PublicKey = components['schemas']['PublicKey']

/** Every key that a valid access token may be signed with. */
export type PublicKeySet = components['schemas']['PublicKeySet']

/** SYSTEM_ADMIN may do everything; PARENT_ADMIN manages a company and its descendants; CHILD_USER works in one company. */
export type Role = components['schemas']['Role']

/** Somebody who works with the system. */
export type User = components['schemas']['User']

export type Login = AllowUndefined<components['schemas']['Login']>

export type RefreshTokenInput = AllowUndefined<components['schemas']['RefreshTokenInput']>

/** What continues a session. */
export type AuthTokens = components['schemas']['AuthTokens']

/** What decides the access of the caller. */
export type Access = components['schemas']['Access']

/** A company by name; the name is null where the caller may not see the company. */
export type CompanyReference = components['schemas']['CompanyReference']

/** A company in a tree of companies. */
export type Company = components['schemas']['Company']

export type CompanyCreate = AllowUndefined<components['schemas']['CompanyCreate']>

export type CompanyUpdate = AllowUndefined<components['schemas']['CompanyUpdate']>

export type CompanyPage = components['schemas']['CompanyPage']

export type CompanyResolve = AllowUndefined<components['schemas']['CompanyResolve']>

/** What there is to know about a company that is named by its id. */
export type ResolvedCompany = components['schemas']['ResolvedCompany']

export type CompanyResolution = components['schemas']['CompanyResolution']

export type UserCreate = AllowUndefined<components['schemas']['UserCreate']>

export type UserUpdate = AllowUndefined<components['schemas']['UserUpdate']>

export type UserPage = components['schemas']['UserPage']

/** A login that lives. */
export type Session = components['schemas']['Session']

export type SessionPage = components['schemas']['SessionPage']

export type PasswordUpdate = AllowUndefined<components['schemas']['PasswordUpdate']>

export type PasswordResetInput = AllowUndefined<components['schemas']['PasswordResetInput']>

/** NEW at birth; the system makes NEW into QUALIFIED; people set CONTACTED or REJECTED. */
export type LeadStatus = components['schemas']['LeadStatus']

/** Somebody a company may sell to. One live lead per company and email. */
export type Lead = components['schemas']['Lead']

export type LeadCreate = AllowUndefined<components['schemas']['LeadCreate']>

export type LeadUpdate = AllowUndefined<components['schemas']['LeadUpdate']>

export type LeadPage = components['schemas']['LeadPage']
