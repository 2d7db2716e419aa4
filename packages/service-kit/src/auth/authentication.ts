import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Access } from '../access/access.ts'
import { AppError } from '../errors/app-error.ts'
import type { ProblemCode } from '../errors/codes.ts'
import { traceparentOf } from '../logging/trace-context.ts'
import type { VerifyAccessToken } from './access-token.ts'
import { bearerTokenOf, type Caller, type Credentials, invalidToken, type RequestHeaders, unauthenticated, userIdOf } from './caller.ts'

/** Where the access of a caller comes from: user-service's own tables there, its answers over HTTP elsewhere. */
export interface AccessSource {
  /** Whether answers are remembered: then a refusal is asked about once more. */
  readonly remembers: boolean
  /** An answer that may be up to a second old; undefined when there is none at hand. */
  cached(credentials: Credentials): Access | undefined
  /** An answer that may be remembered or shared with a question under way. */
  get(credentials: Credentials, requestId: string): Promise<Access>
  /** Asks now. Rejects with `unauthenticated` for unknown and inactive callers. */
  ask(credentials: Credentials, requestId: string): Promise<Access>
}

export interface AuthenticationOptions {
  accessSource: AccessSource
  /** Whether x-user-id alone is believed (`header`), or only beside an access token of that user (`token`). */
  mode: 'header' | 'token'
  verify: VerifyAccessToken
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every request below the authentication plugin. */
    caller: Caller
    /**
     * Runs a use case as the caller. A refusal that rests on a remembered answer is not final:
     * the answer is asked for again and the use case runs once more, with nothing written before.
     */
    asCaller<T>(useCase: (caller: Caller) => Promise<T>): Promise<T>
  }
}

const refusals = new Set<ProblemCode>(['unauthenticated', 'forbidden', 'not_found', 'company_not_found', 'company_inactive'])

/** Knows the caller of every request in its scope before anything else is looked at: 401 comes before 400. */
export const authentication = fp<AuthenticationOptions>(
  async (app, { accessSource, mode, verify }) => {
    app.decorateRequest('caller')
    app.decorateRequest('asCaller', async function <T>(this: FastifyRequest, useCase: (caller: Caller) => Promise<T>) {
      try {
        return await useCase(this.caller)
      } catch (error) {
        if (this.caller.fresh || !(error instanceof AppError) || !refusals.has(error.code)) throw error
        const access = await accessSource.ask(this.caller.credentials, this.id)
        this.caller = { ...this.caller, access, fresh: true }
        return useCase(this.caller)
      }
    })
    app.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'private, no-store')
      const credentials = await credentialsOf(request.raw, { mode, verify })
      const cached = accessSource.cached(credentials)
      request.caller = {
        access: cached ?? (await accessSource.get(credentials, request.id)),
        credentials,
        fresh: !accessSource.remembers,
        requestId: request.id,
        traceparent: traceparentOf(request),
      }
    })
  },
  { name: 'authentication' },
)

type CredentialOptions = Pick<AuthenticationOptions, 'mode' | 'verify'>

/** What the request shows of its caller. A token that is present is checked in either mode, and is of the user whom x-user-id names. */
export async function credentialsOf(request: RequestHeaders, { mode, verify }: CredentialOptions): Promise<Credentials> {
  const userId = userIdOf(request)
  const token = bearerTokenOf(request)
  const headers = { 'x-user-id': userId }
  if (token === undefined) {
    if (mode === 'token') throw unauthenticated('The header Authorization with a Bearer token is missing.')
    return { userId, sessionId: null, keyId: null, headers }
  }
  const claims = await verify(token)
  if (claims.userId !== userId) throw invalidToken('The access token is not of the user whom x-user-id names.')
  return { userId, sessionId: claims.sessionId, keyId: claims.keyId, headers: { ...headers, authorization: `Bearer ${token}` } }
}
