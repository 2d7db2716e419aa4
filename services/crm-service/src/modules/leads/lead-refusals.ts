import { AppError } from '@crm/service-kit/errors/app-error.ts'

export function leadNotFound(): AppError {
  return new AppError('not_found', 'There is no such lead among those you may see.')
}

export function leadAlreadyExists(existingId: string): AppError {
  return new AppError('lead_already_exists', 'The company has a lead with this email.', { extra: { existingId } })
}

/** For a write that lost a race for an email several times in a row. */
export function leadsInFlux(): AppError {
  return new AppError('unavailable', 'Leads with this email come and go too fast. Try again.', { headers: { 'retry-after': '1' } })
}
