import type { Database } from '@crm/service-kit/database/database.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import { runWrite } from '@crm/service-kit/http/write-route.ts'
import { emptyResult } from '@crm/service-kit/idempotency/write-result.ts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { actorOf } from '../access/actor.ts'
import { endSessions } from './end-sessions.ts'
import { listSessions } from './list-sessions.ts'
import * as operations from './sessions.operations.ts'
import { Session, SessionPage } from './sessions.schemas.ts'

export interface SessionRoutesOptions {
  db: Database
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

export const sessionRoutes: FastifyPluginAsyncTypebox<SessionRoutesOptions> = async (app, { db, wakeRelay: afterCommit }) => {
  for (const schema of [Session, SessionPage]) app.addSchema(schema)

  app.get('/users/me/sessions', { schema: operations.listSessionsOperation }, (request) =>
    request.asCaller(({ access }) => listSessions(db, access, request.query)),
  )

  app.delete('/users/me/sessions/:sessionId', { schema: operations.endSessionOperation }, (request, reply) =>
    runWrite({
      db,
      request,
      reply,
      afterCommit,
      work: async (on, caller) => {
        const { user } = caller.access
        const { sessionId } = request.params
        const ended = await on.transaction((tx) =>
          endSessions(tx, { user, only: sessionId, actorUserId: user.id, reason: 'ENDED_BY_USER', context: actorOf(caller) }),
        )
        if (ended === 0) throw new AppError('not_found', 'There is no such session of yours that lives.')
        return emptyResult({ id: sessionId, companyId: user.companyId })
      },
      // The remembered answer is the caller's own, and shows nothing.
      recheck: () => {},
    }),
  )
}
