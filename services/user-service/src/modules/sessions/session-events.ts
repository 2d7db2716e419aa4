import type { PayloadOf } from '@crm/events/contracts/contract.ts'
import { sessionEnded, sessionRejected, sessionReuseDetected, sessionStarted } from '@crm/events/contracts/session.ts'
import { type EventContext, newEvent } from '@crm/events/envelope/new-event.ts'
import { newId } from '@crm/service-kit/ids/new-id.ts'
import type { EndedSession } from './sessions.repository.ts'

export type SessionEndReason = PayloadOf<typeof sessionEnded>['reason']
export type RejectionReason = PayloadOf<typeof sessionRejected>['reason']

/** Whose session it is. */
export interface SessionOwner {
  id: string
  companyId: string | null
}

interface Told {
  user: SessionOwner
  sessionId: string
  at: Date
  context: EventContext
}

export function sessionStartedEvent({ user, sessionId, at, context, address }: Told & { address: string }) {
  return newEvent(sessionStarted, {
    ...envelope({ recordId: user.id, at, context }),
    payload: { ...session({ user, sessionId }, user.id), address, startedAt: at.toISOString() },
  })
}

/** `actorUserId` is null where the system ended it. */
export interface SessionEnding {
  user: SessionOwner
  ended: EndedSession
  actorUserId: string | null
  reason: SessionEndReason
  context: EventContext
}

export function sessionEndedEvent({ user, ended, actorUserId, reason, context }: SessionEnding) {
  return newEvent(sessionEnded, {
    ...envelope({ recordId: user.id, at: ended.endedAt, context }),
    payload: { ...session({ user, sessionId: ended.id }, actorUserId), reason, endedAt: ended.endedAt.toISOString() },
  })
}

export function sessionReuseDetectedEvent({ user, sessionId, at, context, address }: Told & { address: string }) {
  return newEvent(sessionReuseDetected, {
    ...envelope({ recordId: user.id, at, context }),
    payload: { ...session({ user, sessionId }, null), address, detectedAt: at.toISOString() },
  })
}

export interface Rejection {
  /** Null when nobody has the email. */
  user: SessionOwner | null
  reason: RejectionReason
  address: string
  context: EventContext
}

// Without what was typed: it may be a password in the wrong field.
export function sessionRejectedEvent({ user, reason, address, context }: Rejection) {
  const at = new Date()
  return newEvent(sessionRejected, {
    // Of nobody there is no order to keep: one key for all would be one shard and one partition for whatever floods the login.
    ...envelope({ recordId: user?.id ?? newId(), at, context }),
    payload: {
      userId: user?.id ?? null,
      companyId: user?.companyId ?? null,
      actorUserId: null,
      reason,
      address,
      rejectedAt: at.toISOString(),
    },
  })
}

function envelope({ recordId, at, context }: { recordId: string; at: Date; context: EventContext }) {
  return { recordId, sequence: null, occurredAt: at, context }
}

function session({ user, sessionId }: Pick<Told, 'user' | 'sessionId'>, actorUserId: string | null) {
  return { userId: user.id, companyId: user.companyId, actorUserId, sessionId }
}
