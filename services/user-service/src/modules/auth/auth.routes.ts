import { Role } from '@crm/service-kit/access/access.ts'
import cookie from '@fastify/cookie'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidCredentials } from '../passwords/credentials-error.ts'
import { clientOf } from '../sessions/client.ts'
import { refreshSession } from '../sessions/refresh-session.ts'
import type { SessionKind } from '../sessions/sessions.repository.ts'
import type { StartedSession } from '../sessions/start-session.ts'
import { accessTokenSeconds } from '../signing-keys/key-states.ts'
import type { TokenIssuer } from '../signing-keys/token-issuer.ts'
import { toUser } from '../users/user-view.ts'
import { findUser } from '../users/users.repository.ts'
import { User } from '../users/users.schemas.ts'
import * as operations from './auth.operations.ts'
import { AuthTokens, Login, RefreshTokenInput } from './auth.schemas.ts'
import { type LoginParts, login } from './login.ts'
import { logout } from './logout.ts'
import { clearRefreshCookie, refreshCookieOf, requireOwnOrigin, setRefreshCookie } from './refresh-cookie.ts'

export interface AuthRoutesOptions extends LoginParts {
  tokenIssuer: TokenIssuer
}

type Continued = StartedSession & { userId: string; kind: SessionKind; accessToken: string }

/** Operations without a known caller: the password or the refresh token says who it is. */
export const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, options) => {
  const { db, tokenIssuer, wakeRelay } = options
  for (const schema of [Role, User, Login, RefreshTokenInput, AuthTokens]) app.addSchema(schema)
  await app.register(cookie)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'private, no-store')
  })

  async function answerTokens(request: FastifyRequest, reply: FastifyReply, continued: Continued): Promise<AuthTokens> {
    const { kind, refreshToken, accessToken, userId } = continued
    const user = await findUser(db, userId, { every: true })
    if (!user) throw invalidCredentials('The user is gone.')
    if (kind === 'cookie') setRefreshCookie(request, reply, refreshToken)
    return { accessToken, refreshToken: kind === 'cookie' ? null : refreshToken, expiresIn: accessTokenSeconds, user: toUser(user) }
  }

  app.post('/auth/login', { schema: operations.loginOperation }, async (request, reply) => {
    const { email, password, session: kind = 'token' } = request.body
    if (kind === 'cookie') requireOwnOrigin(request)
    const issueAccessToken = await tokenIssuer.ready()
    const started = await login(options, { email, password, kind, client: clientOf(request) })
    return answerTokens(request, reply, { ...started, kind, accessToken: issueAccessToken(started) })
  })

  app.post('/auth/refresh', { schema: operations.refreshOperation, preValidation: allowNoBody }, async (request, reply) => {
    const shown = shownToken(request)
    if (!shown) throw invalidCredentials('There is no refresh token, neither in the body nor as a cookie.')
    // Before anything is written: a refresh token that is replaced by an answer which never comes would be lost, and its session with it.
    const issueAccessToken = await tokenIssuer.ready()
    const outcome = await refreshSession(db, { ...shown, client: clientOf(request) })
    if (outcome === 'reused') wakeRelay()
    if (typeof outcome === 'string') {
      if (shown.kind === 'cookie') clearRefreshCookie(request, reply)
      throw invalidCredentials('The refresh token is not valid, or its session has ended.')
    }
    return answerTokens(request, reply, { ...outcome, kind: shown.kind, accessToken: issueAccessToken(outcome) })
  })

  app.post('/auth/logout', { schema: operations.logoutOperation, preValidation: allowNoBody }, async (request, reply) => {
    const shown = shownToken(request)
    if (shown && (await logout(db, { token: shown.token, client: clientOf(request) }))) wakeRelay()
    if (shown?.kind === 'cookie') clearRefreshCookie(request, reply)
    return reply.code(204).send()
  })
}

/** The refresh token of the body or, without one, of the cookie. */
function shownToken(request: FastifyRequest<{ Body: RefreshTokenInput }>): { token: string; kind: SessionKind } | undefined {
  const { refreshToken } = request.body
  if (refreshToken !== undefined) return { token: refreshToken, kind: 'token' }
  const token = refreshCookieOf(request)
  return token === undefined ? undefined : { token, kind: 'cookie' }
}

// A browser with its cookie has nothing to say in a body.
async function allowNoBody(request: FastifyRequest): Promise<void> {
  request.body ??= {}
}
