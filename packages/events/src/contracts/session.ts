import { Type } from '@sinclair/typebox'
import { defineContract } from './contract.ts'
import { ActorUserId, Id, Nullable, Time } from './fields.ts'

const source = '/user-service'
// Keyed by the user, whose record they do not change.
const sequence = 'none'

const companyId = Nullable(Id('The company of the user; null for a SYSTEM_ADMIN.'))
const address = Type.String({ description: "The client's address, as far as proxies are trusted." })

const session = {
  userId: Id('The user whose session it is.'),
  companyId,
  actorUserId: ActorUserId(),
  sessionId: Id('The session.'),
}

const example = {
  userId: '01980000-0000-7000-8000-00000000a004',
  companyId: '01980000-0000-7000-8000-00000000c002',
  actorUserId: '01980000-0000-7000-8000-00000000a004',
  sessionId: '01980000-0000-7000-8000-000000005e55',
}
const exampleAddress = '203.0.113.7'

export const sessionStarted = defineContract({
  type: 'identity.session.started',
  source,
  sequence,
  summary: 'A user logged in.',
  payload: Type.Object(
    { ...session, address, startedAt: Time('When the session began.') },
    {
      examples: [{ ...example, address: exampleAddress, startedAt: '2026-01-31T09:30:00.000Z' }],
    },
  ),
})

export const SessionEnd = Type.Union([
  Type.Literal('LOGGED_OUT'),
  Type.Literal('ENDED_BY_USER'),
  Type.Literal('TOO_MANY_SESSIONS'),
  Type.Literal('CREDENTIALS_CHANGED'),
  Type.Literal('CREDENTIALS_RESET'),
  Type.Literal('USER_DEACTIVATED'),
  Type.Literal('REUSE_DETECTED'),
])

export const sessionEnded = defineContract({
  type: 'identity.session.ended',
  source,
  sequence,
  summary: 'A session was ended before its time; one that nobody refreshes ends without an event.',
  payload: Type.Object(
    { ...session, reason: SessionEnd, endedAt: Time('When the session ended.') },
    {
      examples: [{ ...example, reason: 'LOGGED_OUT', endedAt: '2026-01-31T17:05:00.000Z' }],
    },
  ),
})

export const sessionRejected = defineContract({
  type: 'identity.session.rejected',
  source,
  sequence,
  summary: 'Somebody tried to log in and was refused. Attempts that are turned away unchecked, for being too many, are not told of.',
  payload: Type.Object(
    {
      userId: Nullable(Id('The user who was named; null where there is none, and then the key is a new id.')),
      companyId,
      actorUserId: ActorUserId(),
      reason: Type.Union([Type.Literal('UNKNOWN_USER'), Type.Literal('WRONG_CREDENTIALS'), Type.Literal('INACTIVE')]),
      address,
      rejectedAt: Time('When it was refused.'),
    },
    {
      examples: [
        {
          userId: example.userId,
          companyId: example.companyId,
          actorUserId: null,
          reason: 'WRONG_CREDENTIALS',
          address: exampleAddress,
          rejectedAt: '2026-01-31T09:29:00.000Z',
        },
      ],
    },
  ),
})

export const sessionReuseDetected = defineContract({
  type: 'identity.session.reuse-detected',
  source,
  sequence,
  summary: 'What continues a session was shown again long after it had been replaced: it may have been stolen, and the session was ended.',
  payload: Type.Object(
    { ...session, address, detectedAt: Time('When it was shown again.') },
    {
      examples: [{ ...example, actorUserId: null, address: exampleAddress, detectedAt: '2026-02-01T08:00:00.000Z' }],
    },
  ),
})

export const sessionContracts = [sessionStarted, sessionEnded, sessionRejected, sessionReuseDetected]
