import type { NewLead } from './leads.repository.ts'

/** What the events of a lead say of it; `actorUserId` is null where the system acted. */
export function leadPayload(lead: NewLead, actorUserId: string | null) {
  return {
    leadId: lead.id,
    companyId: lead.companyId,
    actorUserId,
    name: lead.name,
    email: lead.email,
    status: lead.status,
    createdAt: lead.createdAt.toISOString(),
    updatedAt: lead.updatedAt.toISOString(),
  }
}
