import { unauthenticated } from '@crm/service-kit/auth/caller.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import type { Actor } from './actor.ts'
import { findAccess } from './find-access.ts'

/**
 * The actor with the access they have by now, for a change that has waited, for a hash or a lock. Throws `unauthenticated` when they have
 * none any more.
 */
export async function currentActor(on: Executor, actor: Actor): Promise<Actor> {
  const { user, sessionId } = actor.access
  const access = await findAccess(on, { userId: user.id, sessionId })
  if (!access) throw unauthenticated('The session is over, or its user is not active any more.')
  return { ...actor, access }
}
