import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { getMyAccessOperation } from './access.operations.ts'

export const accessRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/users/me/access', { schema: getMyAccessOperation }, async (request) => request.caller.access)
}
