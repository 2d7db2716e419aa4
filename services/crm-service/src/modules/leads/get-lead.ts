import { readScope } from '@crm/service-kit/access/rules.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import type { CompanyDirectory } from '../companies/company-directory.ts'
import { expandCompany } from './expand-company.ts'
import { leadNotFound } from './lead-refusals.ts'
import { toLead } from './lead-view.ts'
import { findLead } from './leads.repository.ts'
import type { Lead } from './leads.schemas.ts'

export interface LeadQuestion {
  leadId: string
  expand?: 'company'
}

/** Throws `not_found` for a deleted lead and for one outside the caller's companies, as if neither were there. */
export async function getLead(db: Executor, companies: CompanyDirectory, caller: Caller, { leadId, expand }: LeadQuestion): Promise<Lead> {
  const row = await findLead(db, leadId, readScope(caller.access, 'lead'))
  if (!row) throw leadNotFound()
  const lead = toLead(row)
  return expand ? expandCompany(companies, caller, lead) : lead
}
