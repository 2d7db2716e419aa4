import type { AccessSource } from '@crm/service-kit/auth/authentication.ts'
import { type Credentials, unauthenticated } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { findAccess } from './find-access.ts'

/** The access of callers from the service's own tables: nothing is remembered, so every refusal is final. */
export function ownAccessSource(db: Executor): AccessSource {
  const ask = async (credentials: Credentials) => {
    const access = await findAccess(db, credentials)
    if (!access) throw unauthenticated('The session has ended, or the user is unknown or inactive, or their company is.')
    return access
  }
  return { remembers: false, cached: () => undefined, get: ask, ask }
}
