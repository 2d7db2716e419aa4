import type { PayloadOf } from '@crm/events/contracts/contract.ts'
import { sessionEnded, sessionRejected, sessionReuseDetected, sessionStarted } from '@crm/events/contracts/session.ts'
import { type EventContext, newEvent } from '@crm/events/envelope/new-event.ts'
import type { EndedSession } from './sessions.repository.ts'

export type SessionEndReason = PayloadOf<typeof sessionEnded>['reason']
export type RejectionReason = PayloadOf<typeof sessionRejected>['reason']

/** Whose session it is. */
export interface SessionOwner {
  id: string
  companyId: string | null
}

/** The key of events about users that do not exist. */
const nobody = '00000000-0000-0000-0000-000000000000'

interface Told {
  user: SessionOwner
  sessionId: string
  at: Date
  context: EventContext
}

export function sessionStartedEvent({ user, sessionId, at, context, address }: Told & { address: string }) {
  return newEvent(sessionStarted, {
    ...envelope({ userId: user.id, at, context }),
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
    ...envelope({ userId: user.id, at: ended.endedAt, context }),
    payload: { ...session({ user, sessionId: ended.id }, actorUserId), reason, endedAt: ended.endedAt.toISOString() },
  })
}

export function sessionReuseDetectedEvent({ user, sessionId, at, context, address }: Told & { address: string }) {
  return newEvent(sessionReuseDetected, {
    ...envelope({ userId: user.id, at, context }),
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
    ...envelope({ userId: user?.id ?? nobody, at, context }),
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

function envelope({ userId, at, context }: { userId: string; at: Date; context: EventContext }) {
  return { recordId: userId, sequence: null, occurredAt: at, context }
}

function session({ user, sessionId }: Pick<Told, 'user' | 'sessionId'>, actorUserId: string | null) {
  return { userId: user.id, companyId: user.companyId, actorUserId, sessionId }
}
