import { Access, Role } from '@crm/service-kit/access/access.ts'
import { type AuthenticationOptions, authentication } from '@crm/service-kit/auth/authentication.ts'
import type { FastifyPluginAsync } from 'fastify'
import { accessRoutes } from './modules/access/access.routes.ts'
import { ownAccessSource } from './modules/access/access-source.ts'
import { type AuthRoutesOptions, authRoutes } from './modules/auth/auth.routes.ts'
import { companyRoutes } from './modules/companies/companies.routes.ts'
import { passwordRoutes } from './modules/passwords/passwords.routes.ts'
import { sessionRoutes } from './modules/sessions/sessions.routes.ts'
import { type PublicKeyRoutesOptions, publicKeyRoutes } from './modules/signing-keys/public-keys.routes.ts'
import { type UserRoutesOptions, userRoutes } from './modules/users/users.routes.ts'

export interface UserApiOptions extends AuthRoutesOptions, PublicKeyRoutesOptions, UserRoutesOptions {
  /** How callers show who they are. */
  callers: Pick<AuthenticationOptions, 'mode' | 'verify'>
}

/** Every operation of user-service. */
export const userApi: FastifyPluginAsync<UserApiOptions> = async (app, options) => {
  await app.register(publicKeyRoutes, { keys: options.keys })
  await app.register(authRoutes, { ...options, prefix: '/v1' })
  await app.register(callersApi, { ...options, prefix: '/v1' })
}

/** The operations that are called on behalf of a user. */
const callersApi: FastifyPluginAsync<UserApiOptions> = async (app, options) => {
  const { callers, db, hasher, fingerprintPassword, throttle, wakeRelay } = options

  await app.register(authentication, { accessSource: ownAccessSource(db), ...callers })
  // Roles are part of several modules' records.
  for (const schema of [Role, Access]) app.addSchema(schema)
  await app.register(accessRoutes)
  await app.register(companyRoutes, { db, wakeRelay })
  await app.register(userRoutes, { db, hasher, fingerprintPassword, wakeRelay })
  await app.register(sessionRoutes, { db, wakeRelay })
  await app.register(passwordRoutes, { db, hasher, throttle, wakeRelay })
}
