import type { Access } from '@crm/service-kit/access/access.ts'
import { inScope, parentCompanyScope, readScope, type Scope, writeScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { findNamedCompany, type NamedCompany } from './companies.repository.ts'

export function companyNotFound(): AppError {
  return new AppError('not_found', 'There is no such company among those you may see.')
}

/** Throws unless the caller may change a company's record: 404 where they may not even read it. */
export function requireWritableCompany(access: Access, companyId: string): void {
  if (!inScope(readScope(access, 'company'), companyId)) throw companyNotFound()
  if (!inScope(writeScope(access, 'company'), companyId)) throw new AppError('forbidden', 'You may read this company, but not change it.')
}

/**
 * Throws unless the caller may see again what they created below a parent (null: a root). The parent decides, not the new
 * company: an access read while the first request was still running does not hold that one yet.
 */
export function requireCreatedBelow(access: Access, parentId: string | null): void {
  if (!access.unrestricted && !inScope(readScope(access, 'company'), parentId)) throw companyNotFound()
  if (!inScope(parentCompanyScope(access), parentId)) throw new AppError('forbidden', 'You may no longer create companies there.')
}

export interface NamedCompanyRule {
  access: Access
  /** The companies below or in which the caller may do what they ask for. */
  scope: Scope
  /** The body's field that names the company. */
  field: 'parentId' | 'companyId'
}

/** Finds the company that a body names. Throws `company_not_found` where the caller sees none, `forbidden` outside the scope, `company_inactive`. */
export async function requireNamedCompany(
  on: Executor,
  companyId: string,
  { access, scope, field }: NamedCompanyRule,
): Promise<NamedCompany> {
  const company = inScope(readScope(access, 'company'), companyId) ? await findNamedCompany(on, companyId) : undefined
  if (!company) {
    throw new AppError('company_not_found', 'There is no such company among those you may see.', {
      errors: [{ pointer: `/body/${field}`, message: 'names no company that you may see' }],
    })
  }
  if (!inScope(scope, companyId)) throw new AppError('forbidden', 'You may see this company, but not do this there.')
  if (!company.isActive) throw companyInactive()
  return company
}

export function companyInactive(): AppError {
  return new AppError('company_inactive', 'The company, or one above it, is inactive: what belongs to it can be read, not written.')
}
