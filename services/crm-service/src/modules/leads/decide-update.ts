import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { type Changes, changesBetween } from '@crm/service-kit/records/changes.ts'
import type { LeadStatus, LeadUpdate } from './leads.schemas.ts'

interface Changeable {
  name: string
  status: LeadStatus
}

export type LeadChanges = Changes<Changeable>

/** Which fields a person's update changes, each with the value before and after; empty when nothing does. Throws `invalid_status_transition`. */
export function decideUpdate(lead: Changeable, update: LeadUpdate): LeadChanges {
  if (update.status === 'NEW' || update.status === 'QUALIFIED') {
    throw new AppError('invalid_status_transition', `${update.status} is set by the system. People set CONTACTED or REJECTED.`, {
      errors: [{ pointer: '/body/status', message: 'must be CONTACTED or REJECTED' }],
    })
  }
  const { name, status } = lead
  return changesBetween({ name, status }, update)
}
