import type { Caller } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import { causedBy, leadEvents } from './lead-events.ts'
import { leadAlreadyExists, leadsInFlux } from './lead-refusals.ts'
import { toLead } from './lead-view.ts'
import { findLiveLeadId, insertLead } from './leads.repository.ts'
import type { Lead, LeadCreate } from './leads.schemas.ts'

const attempts = 3

/** Stores a NEW lead together with its `lead.created`. Throws `lead_already_exists` with the id of the live lead that has the email. */
export async function createLead(on: Executor, caller: Caller, input: LeadCreate): Promise<Lead> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const now = new Date()
    const lead = { ...input, id: newId(), status: 'NEW' as const, version: 1, createdAt: now, updatedAt: now, deletedAt: null }
    if (await insertLead(on, lead, leadEvents.created(lead, causedBy(caller)))) return toLead(lead)
    const existingId = await findLiveLeadId(on, input.companyId, input.email)
    if (existingId !== undefined) throw leadAlreadyExists(existingId)
    // The lead that stood in the way was deleted in between: try again.
  }
  throw leadsInFlux()
}
