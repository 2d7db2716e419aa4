import type { Database } from '@crm/service-kit/database/database.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { systemActor } from '../access/actor.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import { createUser } from './create-user.ts'
import { hasSystemAdmin, isEmailTaken, lockFirstAdmin } from './users.repository.ts'

export interface FirstAdmin {
  email: string
  password: string
}

const actor = systemActor('bootstrap-admin')

/**
 * Creates the first SYSTEM_ADMIN, with their event, while there is none, active or not; returns whether it did. Of several processes that
 * do it at once, one does. Throws a StartError when the email belongs to somebody else.
 */
export async function bootstrapAdmin(db: Database, hasher: PasswordHasher, { email, password }: FirstAdmin): Promise<boolean> {
  if (await hasSystemAdmin(db)) return false
  const passwordHash = await hasher.hash(password)
  return db.transaction(async (tx) => {
    await lockFirstAdmin(tx)
    if (await hasSystemAdmin(tx)) return false
    if (await isEmailTaken(tx, email))
      throw new StartError(`BOOTSTRAP_ADMIN_EMAIL belongs to a user who is no SYSTEM_ADMIN: name another one`)
    await createUser(tx, actor, { email, role: 'SYSTEM_ADMIN', companyId: null, passwordHash })
    return true
  })
}
