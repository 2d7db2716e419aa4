import fastifyJwt from '@fastify/jwt'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import { answerCheck } from '../http-client/answer-check.ts'
import { invalidToken } from './caller.ts'
import type { PublicKeys } from './public-keys.ts'

export interface TokenSettings {
  /** What `iss` must be, and what `aud` must be or hold. */
  issuer: string
  audience: string
  keys: PublicKeys
}

export interface AccessTokenClaims {
  userId: string
  sessionId: string
  /** Of the key that signed it. */
  keyId: string
  expiresAt: Date
}

/** Rejects with `unauthenticated` for a token that is not valid now, with `dependency_unavailable` while its key cannot be had. */
export type VerifyAccessToken = (token: string) => Promise<AccessTokenClaims>

/** How far the clocks of services may lie apart, in milliseconds. */
const clockToleranceMs = 5_000
/** So many checked tokens are remembered: some 10 MB. */
const rememberedTokens = 10_000

const id = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const Header = Type.Object({ alg: Type.Literal('EdDSA'), kid: Type.String({ minLength: 1, maxLength: 255 }) })
const Claims = Type.Object({
  iss: Type.String(),
  aud: Type.Union([Type.String(), Type.Array(Type.String())]),
  sub: id,
  sid: id,
  jti: Type.String({ minLength: 1 }),
  iat: Type.Number(),
  exp: Type.Number(),
})
const isHeader = answerCheck(Header)
const isSigned = answerCheck(Type.Object({ header: Header, payload: Claims }))

/**
 * What checks access tokens (RFC 9068, EdDSA alone): signature, type, issuer, audience, times, and that every claim is there.
 * The key is one of `keys`, found by `kid`: a key that a token brings or points to is never looked at.
 */
export async function createTokenVerifier(app: FastifyInstance, settings: TokenSettings): Promise<VerifyAccessToken> {
  const check = await signatureCheck(app, settings)
  return remembering(settings.keys, async (token) => {
    const signed = await check(token).catch((error: unknown) => {
      throw refusalOf(error)
    })
    if (!isSigned(signed)) throw invalidToken('A claim of the access token is of a wrong type.')
    const { header, payload } = signed
    // The plugin leaves `iat` alone.
    if (payload.iat * 1000 > Date.now() + clockToleranceMs) throw invalidToken('The access token is from the future.')
    return { userId: payload.sub, sessionId: payload.sid, keyId: header.kid, expiresAt: new Date(payload.exp * 1000) }
  })
}

/** What the plugin checks; resolves to a token's header and payload. */
async function signatureCheck(
  app: FastifyInstance,
  { issuer, audience, keys }: TokenSettings,
): Promise<(token: string) => Promise<unknown>> {
  const registered = Promise.withResolvers<FastifyInstance['jwt']>()
  // A scope of its own: what the plugin adds to requests is for nobody else.
  await app.register(async (scope) => {
    await scope.register(fastifyJwt, {
      secret: ({ header }: { header: unknown }) => keyFor(header, keys),
      verify: {
        complete: true,
        algorithms: ['EdDSA'],
        allowedIss: issuer,
        allowedAud: audience,
        checkTyp: 'at+jwt',
        requiredClaims: Object.keys(Claims.properties),
        clockTolerance: clockToleranceMs,
      },
    })
    registered.resolve(scope.jwt)
  })
  const jwt = await registered.promise
  return async (token) => jwt.verify<object>(token)
}

/** Checks the signature of each token once, as that costs more than most requests; later its end, and that its key is still published. */
function remembering(keys: PublicKeys, verify: VerifyAccessToken): VerifyAccessToken {
  const verified = new LRUCache<string, AccessTokenClaims>({ max: rememberedTokens })
  return async (token) => {
    const known = verified.get(token)
    const isValid = known && Date.now() <= known.expiresAt.getTime() + clockToleranceMs && (await keys.find(known.keyId)) !== undefined
    if (isValid) return known
    verified.delete(token)
    const found = await verify(token)
    verified.set(token, found)
    return found
  }
}

async function keyFor(header: unknown, keys: PublicKeys): Promise<string> {
  if (!isHeader(header)) throw invalidToken('The header of the access token is not one of ours.')
  // RFC 7515: whoever does not understand a critical extension refuses the token; we know of none.
  if ('crit' in header) throw invalidToken('The access token has critical extensions.')
  const key = await keys.find(header.kid)
  if (key === undefined) throw invalidToken('The access token was signed by a key that is not published.')
  return key
}

// What the search for the key threw comes wrapped; whatever else is no complaint about the token is a defect of ours.
function refusalOf(error: unknown): unknown {
  const isComplaint = error instanceof Error && 'code' in error && String(error.code).startsWith('FAST_JWT_')
  if (!isComplaint) return error
  if (error.code !== 'FAST_JWT_KEY_FETCHING_ERROR') return invalidToken('The access token is not valid.', error)
  return 'originalError' in error ? error.originalError : error
}
