import { randomUUID } from 'node:crypto'
import fastifyJwt, { type JWT } from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { KeyRing } from './key-ring.ts'
import { accessTokenSeconds } from './key-states.ts'

export interface TokenIssuerOptions {
  issuer: string
  audience: string
  keys: Pick<KeyRing, 'signer'>
}

/** Whom an access token is for. */
export interface TokenSubject {
  userId: string
  sessionId: string
}

/** Makes an access token that is valid for 15 minutes. */
export type IssueAccessToken = (subject: TokenSubject) => string

export interface TokenIssuer {
  /** Gets the key that signs now, for a token that is made at once. Rejects with `unavailable` when it cannot be used. */
  ready(): Promise<IssueAccessToken>
}

/** What makes access tokens (RFC 9068, EdDSA). */
export async function createTokenIssuer(app: FastifyInstance, { issuer, audience, keys }: TokenIssuerOptions): Promise<TokenIssuer> {
  const jwt = await createJwt(app)
  return {
    async ready() {
      const { id: kid, pem: key } = await keys.signer()
      const header = { alg: 'EdDSA', typ: 'at+jwt' }
      // The plugin reads a bare number as seconds, the library below it as milliseconds.
      const expiresIn = `${accessTokenSeconds}s`
      return ({ userId, sessionId }) =>
        jwt.sign({ sid: sessionId }, { key, kid, header, iss: issuer, aud: audience, sub: userId, jti: randomUUID(), expiresIn })
    },
  }
}

/** The plugin in a scope of its own: what it adds to requests is for nobody else. */
async function createJwt(app: FastifyInstance): Promise<JWT> {
  const { promise, resolve } = Promise.withResolvers<JWT>()
  await app.register(async (scope) => {
    await scope.register(fastifyJwt, { secret: { private: noKey, public: noKey }, sign: { algorithm: 'EdDSA' } })
    resolve(scope.jwt)
  })
  return promise
}

// Each token is signed with a key that is named with it.
async function noKey(): Promise<string> {
  throw new Error('there is no key for every token')
}
