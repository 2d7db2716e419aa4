import { type AuthenticationOptions, authentication } from '@crm/service-kit/auth/authentication.ts'
import type { FastifyPluginAsync } from 'fastify'
import { type LeadRoutesOptions, leadRoutes } from './modules/leads/leads.routes.ts'

export interface CrmApiOptions extends LeadRoutesOptions {
  callers: AuthenticationOptions
}

/** Every operation of crm-service; each is called on behalf of a user. */
export const crmApi: FastifyPluginAsync<CrmApiOptions> = async (app, { callers, db, companies, wakeRelay }) => {
  await app.register(authentication, callers)
  await app.register(leadRoutes, { db, companies, wakeRelay })
}
