import { createTokenVerifier, type VerifyAccessToken } from '@crm/service-kit/auth/access-token.ts'
import type { Database } from '@crm/service-kit/database/database.ts'
import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { UserServiceConfig } from './config.ts'
import { pruneLoginAttempts } from './modules/login-throttle/login-attempts.repository.ts'
import { createLoginThrottle, type LoginThrottle } from './modules/login-throttle/login-throttle.ts'
import { createPasswordFingerprint, type FingerprintPassword } from './modules/passwords/password-fingerprint.ts'
import { createPasswordHasher, type PasswordHasher } from './modules/passwords/password-hasher.ts'
import { pruneSessions } from './modules/sessions/prune-sessions.ts'
import { createKeyRing, type KeyRing } from './modules/signing-keys/key-ring.ts'
import { pruneSigningKeys } from './modules/signing-keys/prune-signing-keys.ts'
import { createTokenIssuer, type TokenIssuer } from './modules/signing-keys/token-issuer.ts'

/** What logins and access tokens take. */
export interface Identity {
  keys: KeyRing
  hasher: PasswordHasher
  fingerprintPassword: FingerprintPassword
  throttle: LoginThrottle
  tokenIssuer: TokenIssuer
  verify: VerifyAccessToken
}

export interface IdentityOptions {
  config: Pick<UserServiceConfig, 'SIGNING_KEY_SECRET' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>
  db: Database
  registry: Registry
}

export async function createIdentity(app: FastifyInstance, { config, db, registry }: IdentityOptions): Promise<Identity> {
  const keys = createKeyRing(db, { secret: config.SIGNING_KEY_SECRET })
  const settings = { issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE, keys }
  return {
    keys,
    hasher: createPasswordHasher(registry),
    fingerprintPassword: await createPasswordFingerprint(config.SIGNING_KEY_SECRET),
    throttle: createLoginThrottle(db, { logger: app.log }),
    tokenIssuer: await createTokenIssuer(app, settings),
    verify: await createTokenVerifier(app, settings),
  }
}

/** Makes the first signing key. A wrong secret ends the start; a database that is away or not migrated yet is asked again at the first login. */
export async function prepareKeys(app: FastifyInstance, keys: KeyRing): Promise<void> {
  try {
    await keys.prepare()
  } catch (error) {
    if (error instanceof StartError) throw error
    app.log.warn({ err: error }, 'the signing keys cannot be read yet')
  }
}

/** Deletes what nobody can use any more. */
export async function pruneIdentity(db: Database): Promise<void> {
  await pruneSessions(db)
  await pruneLoginAttempts(db)
  await pruneSigningKeys(db)
}
