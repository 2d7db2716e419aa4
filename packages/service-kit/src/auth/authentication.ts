import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Access } from '../access/access.ts'
import { AppError } from '../errors/app-error.ts'
import type { ProblemCode } from '../errors/codes.ts'
import { type Caller, type Credentials, headerCredentials } from './caller.ts'

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
  async (app, { accessSource }) => {
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
      const credentials = headerCredentials(request.headers)
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

const traceparent = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

function traceparentOf(request: FastifyRequest): string | undefined {
  const header = request.headers.traceparent
  return typeof header === 'string' && traceparent.test(header) ? header : undefined
}
