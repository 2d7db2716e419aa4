import { companyCreated, companyUpdated } from '@crm/events/contracts/company.ts'
import type { PayloadOf } from '@crm/events/contracts/contract.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import type { Actor } from '../access/actor.ts'
import type { StoredCompany } from './companies.repository.ts'

export type CompanyChanges = PayloadOf<typeof companyUpdated>['changes']

export function companyCreatedEvent(actor: Actor, company: StoredCompany) {
  return newEvent(companyCreated, { ...envelope(actor, company), payload: state(actor, company) })
}

export function companyUpdatedEvent(actor: Actor, company: StoredCompany, changes: CompanyChanges) {
  return newEvent(companyUpdated, { ...envelope(actor, company), payload: { ...state(actor, company), changes } })
}

function envelope(context: Actor, { id, version, updatedAt }: StoredCompany) {
  return { recordId: id, sequence: version, occurredAt: updatedAt, context }
}

function state({ userId }: Actor, company: StoredCompany) {
  return {
    companyId: company.id,
    actorUserId: userId,
    name: company.name,
    parentId: company.parentId,
    isActive: company.isActive,
    createdAt: company.createdAt.toISOString(),
    updatedAt: company.updatedAt.toISOString(),
  }
}
