import type { Access } from '@crm/service-kit/access/access.ts'
import { readScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { type Page, readPage } from '@crm/service-kit/paging/keyset.ts'
import { companies } from '../../db/schema.ts'
import { companySortKeys, countCompanies, readCompanies } from './companies.repository.ts'
import type { Company, CompanyListQuery } from './companies.schemas.ts'
import { toCompany } from './company-view.ts'

/** One page of the companies that the caller may read. */
export async function listCompanies(db: Executor, access: Access, query: CompanyListQuery): Promise<Page<Company>> {
  const { parentId, q, ...request } = query
  const filters = { scope: readScope(access, 'company'), parentId, q }
  const { data, page } = await readPage({
    request,
    sortKeys: companySortKeys,
    id: companies.id,
    filters: { parentId, q },
    callerId: access.user.id,
    read: (pageQuery) => readCompanies(db, filters, pageQuery),
    count: () => countCompanies(db, filters),
  })
  return { data: data.map(toCompany), page }
}
