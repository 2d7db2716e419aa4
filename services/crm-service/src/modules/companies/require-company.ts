import { inScope, readScope, writeScope } from '@crm/service-kit/access/rules.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { CompanyDirectory } from './company-directory.ts'

/** Throws unless the caller may write leads of a company that a body names, and the company is active. */
export async function requireNamedCompany(companies: CompanyDirectory, caller: Caller, companyId: string): Promise<void> {
  if (!inScope(readScope(caller.access, 'company'), companyId)) throw companyNotFound()
  if (!inScope(writeScope(caller.access, 'lead'), companyId)) {
    throw new AppError('forbidden', 'You may see this company, but not write its leads.')
  }
  await requireActive(companies, caller, companyId)
}

/** Throws unless a company exists and is active, as are all companies above it. */
export async function requireActive(companies: CompanyDirectory, caller: Caller, companyId: string): Promise<void> {
  // Nobody whose own company is inactive gets as far as here.
  if (companyId === caller.access.user.companyId) return
  const company = (await companies.resolve(caller, [companyId])).get(companyId)
  if (!company?.exists) throw companyNotFound()
  if (!company.isActive)
    throw new AppError('company_inactive', 'The company, or one above it, is inactive: its records can be read, not written.')
}

function companyNotFound(): AppError {
  return new AppError('company_not_found', 'There is no such company among those you may see.', {
    errors: [{ pointer: '/body/companyId', message: 'names no company that you may see' }],
  })
}
