import { randomUUID } from 'node:crypto'
import fastifyJwt from '@fastify/jwt'
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
export type IssueAccessToken = (subject: TokenSubject) => Promise<string>

/** What makes access tokens (RFC 9068, EdDSA), signed with the key that signs at the time. */
export async function createTokenIssuer(app: FastifyInstance, { issuer, audience, keys }: TokenIssuerOptions): Promise<IssueAccessToken> {
  let sign: (subject: TokenSubject, key: { id: string; pem: string }) => string = () => ''
  // A scope of its own: what the plugin adds to requests is for nobody else.
  await app.register(async (scope) => {
    await scope.register(fastifyJwt, { secret: { private: noKey, public: noKey }, sign: { algorithm: 'EdDSA' } })
    sign = ({ userId, sessionId }, { id, pem }) =>
      scope.jwt.sign(
        { sid: sessionId },
        {
          key: pem,
          kid: id,
          header: { alg: 'EdDSA', typ: 'at+jwt' },
          iss: issuer,
          aud: audience,
          sub: userId,
          jti: randomUUID(),
          // The plugin reads a bare number as seconds, the library below it as milliseconds.
          expiresIn: `${accessTokenSeconds}s`,
        },
      )
  })
  return async (subject) => sign(subject, await keys.signer())
}

// Each token is signed with a key that is named with it.
async function noKey(): Promise<string> {
  throw new Error('there is no key for every token')
}
