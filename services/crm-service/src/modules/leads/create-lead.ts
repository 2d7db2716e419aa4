import { leadCreated } from '@crm/events/contracts/lead.ts'
import { newEvent } from '@crm/events/envelope/new-event.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { v7 as uuidv7 } from 'uuid'
import { leadPayload } from './lead-payload.ts'
import { toLead } from './lead-view.ts'
import { findLiveLeadId, insertLead } from './leads.repository.ts'
import type { Lead, LeadCreate } from './leads.schemas.ts'

const attempts = 3

/** Stores a NEW lead together with its `lead.created`. Throws `lead_already_exists` with the id of the live lead that has the email. */
export async function createLead(on: Executor, caller: Caller, input: LeadCreate): Promise<Lead> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const now = new Date()
    const row = { ...input, id: uuidv7(), status: 'NEW' as const, version: 1, createdAt: now, updatedAt: now }
    const lead = toLead(row)
    const event = newEvent(leadCreated, {
      recordId: lead.id,
      sequence: lead.version,
      occurredAt: now,
      context: caller,
      payload: leadPayload(row, caller.access.user.id),
    })
    if (await insertLead(on, row, event)) return lead
    const existingId = await findLiveLeadId(on, input.companyId, input.email)
    if (existingId !== undefined) throw leadAlreadyExists(existingId)
    // The lead that stood in the way was deleted in between: try again.
  }
  throw new AppError('unavailable', 'Leads with this email come and go too fast. Try again.', { headers: { 'retry-after': '1' } })
}

export function leadAlreadyExists(existingId: string): AppError {
  return new AppError('lead_already_exists', 'The company has a lead with this email.', { extra: { existingId } })
}
