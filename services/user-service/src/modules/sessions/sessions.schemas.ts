import { Nullable, OneOf, Timestamp, Uuid } from '@crm/service-kit/http/schemas.ts'
import { listQuery, pageOf } from '@crm/service-kit/paging/list-query.ts'
import { type Static, Type } from '@sinclair/typebox'
import { exampleSession } from './sessions.examples.ts'

const sessionId = (description: string) => Uuid({ examples: [exampleSession.id], description })

export const Session = Type.Object(
  {
    id: sessionId('The `sid` of its access tokens.'),
    kind: OneOf(['token', 'cookie'], {
      description: 'How its refresh tokens travel: in bodies, or as a cookie of a browser.',
      examples: ['cookie'],
    }),
    address: Type.String({ description: 'Where it was begun from: an IP address.', examples: [exampleSession.address] }),
    userAgent: Nullable(Type.String({ description: 'What it was begun with.', examples: [exampleSession.userAgent] })),
    isCurrent: Type.Boolean({ description: 'Whether the access token of this request is of this session.', examples: [true] }),
    createdAt: Timestamp(),
    refreshedAt: Timestamp({ description: 'When it last got an access token.', examples: [exampleSession.refreshedAt] }),
    expiresAt: Timestamp({ description: 'When it ends unless it is refreshed before.', examples: [exampleSession.expiresAt] }),
  },
  { $id: 'Session', description: 'A login that lives.', examples: [exampleSession] },
)
export type Session = Static<typeof Session>

export const SessionPage = pageOf(Session, { $id: 'SessionPage' })

export const SessionListQuery = listQuery(['createdAt', '-createdAt'], {})
export type SessionListQuery = Static<typeof SessionListQuery>

export const SessionParams = Type.Object({ sessionId: sessionId('The session.') })
