import { inScope, narrow, readScope, type Scope } from '@crm/service-kit/access/rules.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { type Page, readPage } from '@crm/service-kit/paging/keyset.ts'
import { leads } from '../../db/schema.ts'
import type { CompanyDirectory } from '../companies/company-directory.ts'
import { expandCompanies } from './expand-company.ts'
import { toLead } from './lead-view.ts'
import { countLeads, leadSortKeys, readLeads } from './leads.repository.ts'
import type { Lead, LeadListQuery } from './leads.schemas.ts'

/** One page of the live leads that the caller may read. */
export async function listLeads(db: Executor, companies: CompanyDirectory, caller: Caller, query: LeadListQuery): Promise<Page<Lead>> {
  const { status, companyId, includeDescendants, q, expand, ...request } = query
  refuseLoneDescendants(query)
  const filters = { scope: await scopeOf(companies, caller, query), status, q }
  const { data, page } = await readPage({
    request,
    sortKeys: leadSortKeys,
    id: leads.id,
    filters: { status, companyId, includeDescendants, q },
    callerId: caller.access.user.id,
    read: (pageQuery) => readLeads(db, filters, pageQuery),
    count: () => countLeads(db, filters),
  })
  const shown = data.map(toLead)
  return { data: expand ? await expandCompanies(companies, caller, shown) : shown, page }
}

function refuseLoneDescendants({ companyId, includeDescendants }: LeadListQuery): void {
  if (includeDescendants === undefined || companyId !== undefined) return
  throw new AppError('validation_failed', 'includeDescendants widens a companyId; without one it has no meaning.', {
    errors: [{ pointer: '/query/companyId', message: 'is required with includeDescendants' }],
  })
}

async function scopeOf(companies: CompanyDirectory, caller: Caller, { companyId, includeDescendants }: LeadListQuery): Promise<Scope> {
  const readable = readScope(caller.access, 'lead')
  if (companyId === undefined) return readable
  // A company outside the scope stays outside, though some of those below it may be inside.
  if (!includeDescendants || !inScope(readable, companyId)) return narrow(readable, [companyId])
  const below = companyId === caller.access.user.companyId ? caller.access.descendantIds : await companies.descendantsOf(caller, companyId)
  return narrow(readable, [companyId, ...below])
}
