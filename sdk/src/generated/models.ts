// Made by `pnpm generate` from openapi/gateway.json. Do not edit.

import type { components } from './schema.ts'

type Schemas = components['schemas']

/** What went wrong, as RFC 9457 problem details. */
export type Problem = Schemas['Problem']

/** A key that access tokens are checked with, as JSON Web Key (RFC 7517, RFC 8037). */
export type PublicKey = Schemas['PublicKey']

/** Every key that a valid access token may be signed with. */
export type PublicKeySet = Schemas['PublicKeySet']

/** SYSTEM_ADMIN may do everything; PARENT_ADMIN manages a company and its descendants; CHILD_USER works in one company. */
export type Role = Schemas['Role']

/** Somebody who works with the system. */
export type User = Schemas['User']

export type Login = Schemas['Login']

export type RefreshTokenInput = Schemas['RefreshTokenInput']

/** What continues a session. */
export type AuthTokens = Schemas['AuthTokens']

/** What decides the access of the caller. */
export type Access = Schemas['Access']

/** A company by name; the name is null where the caller may not see the company. */
export type CompanyReference = Schemas['CompanyReference']

/** A company in a tree of companies. */
export type Company = Schemas['Company']

export type CompanyCreate = Schemas['CompanyCreate']

export type CompanyUpdate = Schemas['CompanyUpdate']

export type CompanyPage = Schemas['CompanyPage']

export type CompanyResolve = Schemas['CompanyResolve']

/** What there is to know about a company that is named by its id. */
export type ResolvedCompany = Schemas['ResolvedCompany']

export type CompanyResolution = Schemas['CompanyResolution']

export type UserCreate = Schemas['UserCreate']

export type UserUpdate = Schemas['UserUpdate']

export type UserPage = Schemas['UserPage']

/** A login that lives. */
export type Session = Schemas['Session']

export type SessionPage = Schemas['SessionPage']

export type PasswordUpdate = Schemas['PasswordUpdate']

export type PasswordResetInput = Schemas['PasswordResetInput']

/** NEW at birth; the system makes NEW into QUALIFIED; people set CONTACTED or REJECTED. */
export type LeadStatus = Schemas['LeadStatus']

/** Somebody a company may sell to. One live lead per company and email. */
export type Lead = Schemas['Lead']

export type LeadCreate = Schemas['LeadCreate']

export type LeadUpdate = Schemas['LeadUpdate']

export type LeadPage = Schemas['LeadPage']
