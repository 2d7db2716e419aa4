import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { CompanyDirectory } from '../companies/company-directory.ts'
import type { Lead } from './leads.schemas.ts'

/** Adds to a lead its company by name; null where the caller may not see the company. */
export async function expandCompany(companies: CompanyDirectory, caller: Caller, lead: Lead): Promise<Lead> {
  const [expanded = lead] = await expandCompanies(companies, caller, [lead])
  return expanded
}

/** Adds to each lead its company by name, asking once for all of them. */
export async function expandCompanies(companies: CompanyDirectory, caller: Caller, leads: Lead[]): Promise<Lead[]> {
  const ids = leads.map((lead) => lead.companyId)
  const resolved = await companies.resolve(caller, ids)
  return leads.map((lead) => ({ ...lead, company: { id: lead.companyId, name: resolved.get(lead.companyId)?.name ?? null } }))
}
