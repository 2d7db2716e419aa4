import type { Access } from '@crm/service-kit/access/access.ts'
import type { Caller } from '@crm/service-kit/auth/caller.ts'

/** On whose behalf a use case changes something, and what its events say of that. */
export interface Actor {
  access: Access
  /** Null for the system itself. */
  userId: string | null
  requestId: string
  traceparent: string | undefined
}

export function actorOf(caller: Caller): Actor {
  const { access, requestId, traceparent } = caller
  return { access, userId: access.user.id, requestId, traceparent }
}

/** The system, which may do everything and is no user. */
export function systemActor(requestId: string): Actor {
  const user = { id: '00000000-0000-0000-0000-000000000000', role: 'SYSTEM_ADMIN', companyId: null, isActive: true } as const
  return {
    access: { user, sessionId: null, unrestricted: true, ancestorIds: [], descendantIds: [] },
    userId: null,
    requestId,
    traceparent: undefined,
  }
}
