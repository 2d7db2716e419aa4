import { Access, Role } from '@crm/service-kit/access/access.ts'
import { authentication } from '@crm/service-kit/auth/authentication.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import type { FastifyPluginAsync } from 'fastify'
import { accessRoutes } from './modules/access/access.routes.ts'
import { ownAccessSource } from './modules/access/access-source.ts'
import { companyRoutes } from './modules/companies/companies.routes.ts'
import { userRoutes } from './modules/users/users.routes.ts'

export interface UserApiOptions {
  db: Database
  /** Called after each committed write: its events are in the outbox. */
  wakeRelay(): void
}

/** Every operation of user-service; each is called on behalf of a user. */
export const userApi: FastifyPluginAsync<UserApiOptions> = async (app, { db, wakeRelay }) => {
  await app.register(authentication, { accessSource: ownAccessSource(db) })
  // Roles are part of several modules' records.
  for (const schema of [Role, Access]) app.addSchema(schema)
  await app.register(accessRoutes)
  await app.register(companyRoutes, { db, wakeRelay })
  await app.register(userRoutes, { db, wakeRelay })
}
