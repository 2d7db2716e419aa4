import { appendEvents } from '@crm/events/outbox/append-events.ts'
import { readScope } from '@crm/service-kit/access/rules.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { requireMatch } from '@crm/service-kit/http/etag.ts'
import { changesBetween, isEmpty, momentAfter } from '@crm/service-kit/records/changes.ts'
import type { Actor } from '../access/actor.ts'
import { findNamedCompany, lockCompany, saveCompany } from './companies.repository.ts'
import type { Company, CompanyUpdate } from './companies.schemas.ts'
import { companyInactive, companyNotFound, requireWritableCompany } from './company-access.ts'
import { companyUpdatedEvent } from './company-events.ts'
import { toCompany } from './company-view.ts'

export interface CompanyTarget {
  companyId: string
  ifMatch: string | undefined
}

/**
 * Renames, activates or deactivates a company. An inactive one can only be activated again: its records are not written.
 * An update that changes nothing leaves version and events as they are.
 */
export async function updateCompany(on: Executor, actor: Actor, target: CompanyTarget, update: CompanyUpdate): Promise<Company> {
  const { access } = actor
  return on.transaction(async (tx) => {
    requireWritableCompany(access, target.companyId)
    const company = await lockCompany(tx, target.companyId, readScope(access, 'company'))
    if (!company) throw companyNotFound()
    requireMatch(target.ifMatch, company)
    const { name, isActive } = company
    const changes = changesBetween({ name, isActive }, update)
    if (isEmpty(changes)) return toCompany(company)
    if (changes.name && !(await findNamedCompany(tx, company.id))?.isActive) throw companyInactive()
    const changed = { ...company, ...update, version: company.version + 1, updatedAt: momentAfter(company.updatedAt) }
    await saveCompany(tx, changed)
    await appendEvents(tx, [companyUpdatedEvent(actor, changed, changes)])
    return toCompany(changed)
  })
}
