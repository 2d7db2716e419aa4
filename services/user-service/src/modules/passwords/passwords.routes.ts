import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { actorOf } from '../access/actor.ts'
import { clientOf } from '../sessions/client.ts'
import { changePassword, type PasswordParts } from './change-password.ts'
import * as operations from './passwords.operations.ts'
import { PasswordResetInput, PasswordUpdate } from './passwords.schemas.ts'
import { resetPassword } from './reset-password.ts'

export interface PasswordRoutesOptions extends PasswordParts {
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

export const passwordRoutes: FastifyPluginAsyncTypebox<PasswordRoutesOptions> = async (app, options) => {
  for (const schema of [PasswordUpdate, PasswordResetInput]) app.addSchema(schema)

  app.put('/users/me/password', { schema: operations.changePasswordOperation }, async (request, reply) => {
    const { address } = clientOf(request)
    await request.asCaller((caller) => changePassword(options, actorOf(caller), { ...request.body, address }))
    options.wakeRelay()
    return reply.code(204).send()
  })

  app.put('/users/:userId/password', { schema: operations.setUserPasswordOperation }, async (request, reply) => {
    const { userId } = request.params
    await request.asCaller((caller) => resetPassword(options, actorOf(caller), { userId, newPassword: request.body.newPassword }))
    options.wakeRelay()
    return reply.code(204).send()
  })
}
