import type { Access } from '@crm/service-kit/access/access.ts'
import { readScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { findCompany } from './companies.repository.ts'
import type { Company } from './companies.schemas.ts'
import { companyNotFound } from './company-access.ts'
import { toCompany } from './company-view.ts'

/** A company that the caller may read, with its parent. */
export async function getCompany(db: Executor, access: Access, companyId: string): Promise<Company> {
  const company = await findCompany(db, companyId, readScope(access, 'company'))
  if (!company) throw companyNotFound()
  return toCompany(company)
}
