import { AppError } from '@crm/service-kit/errors/app-error.ts'

/** What was shown does not prove who the caller is. Every reason has the same answer. */
export function invalidCredentials(detail: string): AppError {
  return new AppError('invalid_credentials', detail, { headers: { 'www-authenticate': 'Bearer realm="crm"' } })
}
