import type { EventContext } from '@crm/events/envelope/new-event.ts'
import { appendEvents } from '@crm/events/outbox/append-events.ts'
import type { Executor } from '@crm/service-kit/database/database.ts'
import { type SessionEndReason, type SessionOwner, sessionEndedEvent } from './session-events.ts'
import { markEnded, type SessionSelection } from './sessions.repository.ts'

export interface SessionsToEnd extends Omit<SessionSelection, 'userId'> {
  user: SessionOwner
  /** Null for the system. */
  actorUserId: string | null
  reason: SessionEndReason
  context: EventContext
}

/** Ends the sessions of a user that live, or some of them, each with its event; returns how many. Access tokens of theirs are refused from then on. */
export async function endSessions(tx: Executor, { user, actorUserId, reason, context, ...selection }: SessionsToEnd): Promise<number> {
  const ended = await markEnded(tx, { userId: user.id, ...selection })
  await appendEvents(
    tx,
    ended.map((session) => sessionEndedEvent({ user, ended: session, actorUserId, reason, context })),
  )
  return ended.length
}
