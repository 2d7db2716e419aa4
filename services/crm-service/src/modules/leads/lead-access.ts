import { inScope, readScope, writeScope } from '@crm/service-kit/access/rules.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { CompanyDirectory } from '../companies/company-directory.ts'
import { requireActive } from '../companies/require-company.ts'
import { leadNotFound } from './lead-refusals.ts'
import { findCompanyOfLead, lockLead, type StoredLead } from './leads.repository.ts'

/** Which lead a change is for, and the ETags it was decided on. */
export interface LeadTarget {
  leadId: string
  ifMatch: string | undefined
}

/** Throws unless the caller may write the leads of a company: 404 where they may not even read them. */
export function requireWritable(caller: Caller, companyId: string | null): void {
  if (!inScope(readScope(caller.access, 'lead'), companyId)) throw leadNotFound()
  if (!inScope(writeScope(caller.access, 'lead'), companyId)) throw new AppError('forbidden', 'You may read this lead, but not change it.')
}

/** Throws unless the caller may write the lead now: its company is theirs to write and active. A lead that is not there passes. */
export async function requireWritableLead(db: Executor, companies: CompanyDirectory, caller: Caller, leadId: string): Promise<void> {
  const companyId = await findCompanyOfLead(db, leadId)
  if (companyId === undefined) return
  requireWritable(caller, companyId)
  await requireActive(companies, caller, companyId)
}

/** Reads a lead, deleted or not, for a change by the caller, and holds it until the transaction ends. */
export async function lockWritableLead(tx: Executor, caller: Caller, leadId: string): Promise<StoredLead> {
  const lead = await lockLead(tx, leadId)
  if (!lead) throw leadNotFound()
  requireWritable(caller, lead.companyId)
  return lead
}
