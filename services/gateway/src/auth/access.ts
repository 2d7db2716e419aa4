import type { VerifyAccessToken } from '@crm/service-kit/auth/access-token.ts'
import { bearerTokenOf, unauthenticated } from '@crm/service-kit/auth/caller.ts'
import { AppError } from '@crm/service-kit/errors/app-error.ts'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { RateLimits } from '../rate-limits/rate-limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The user of the access token; undefined where none is asked for. */
    userId: string | undefined
  }
}

export interface AccessOptions {
  verify: VerifyAccessToken
  limits: RateLimits
}

/**
 * Lets requests in: those of an open operation, and those with a good access token. Whoever shows none counts against a smaller limit
 * of their address, the others against their own.
 */
export const access = fp<AccessOptions>(
  async (app, { verify, limits }) => {
    app.decorateRequest('userId', undefined)
    app.addHook('onRequest', async (request, reply) => {
      if (request.routeOptions.config.isOpen) return limits.countUnauthenticated(request, reply)
      try {
        request.userId = await userOf(request, verify)
      } catch (error) {
        // That nobody can say is no fault of theirs.
        if (error instanceof AppError && error.code === 'unauthenticated') await limits.countUnauthenticated(request, reply)
        throw error
      }
      await limits.countUser(request, reply)
    })
  },
  { name: 'access' },
)

async function userOf({ raw }: FastifyRequest, verify: VerifyAccessToken): Promise<string> {
  const token = bearerTokenOf(raw)
  if (token === undefined) throw unauthenticated('The header Authorization with a Bearer token is missing.')
  const { userId } = await verify(token)
  return userId
}
