import type { AuthTokens, Login } from './generated/models.ts'
import type { AuthResource } from './generated/resources.ts'
import type { RequestOptions } from './request-options.ts'
import type { SessionTokens } from './tokens-hook.ts'

export type Password = Pick<Login, 'email' | 'password'>
/** Where the refresh token is. */
export type SessionKind = 'token' | 'cookie'

type Left = Pick<SessionTokens, 'refreshToken'>

/** What is sent to begin a session, to go on with it and to end it. */
export interface SessionRequests {
  begin(password: Password, options?: RequestOptions): Promise<AuthTokens>
  /** Undefined when there is nothing to go on with: no tokens, and no cookie but that of a session that was left. */
  refresh(tokens: SessionTokens | undefined, options: RequestOptions): Promise<AuthTokens | undefined>
  /** From now on the session of these tokens, or without any that of the cookie, is only there to be ended. */
  leave(tokens: Left | undefined): void
  /** Ends what was left, a request each. Rejects when one fails; what has not ended can be ended later. */
  endLeft(): Promise<void>
}

export function sessionRequests(auth: AuthResource, kind: SessionKind): SessionRequests {
  /** The refresh tokens of sessions that were left and have not ended; null for the one in the cookie. */
  const left = new Set<string | null>()

  async function end(refreshToken: string | null): Promise<void> {
    await auth.logout(refreshToken === null ? {} : { refreshToken })
    left.delete(refreshToken)
  }

  return {
    async begin({ email, password }, options) {
      const answer = await auth.login({ email, password, ...(kind === 'cookie' && { session: kind }) }, options)
      // Its cookie, if it has one, took the place of the one before.
      if (kind === 'cookie') left.delete(null)
      return answer
    },
    async refresh(tokens, options) {
      // Whether there is a cookie only the server knows.
      if (tokens === undefined && (kind !== 'cookie' || left.has(null))) return undefined
      return await auth.refresh(tokens?.refreshToken ? { refreshToken: tokens.refreshToken } : {}, options)
    },
    leave(tokens) {
      const refreshToken = tokens?.refreshToken || (kind === 'cookie' ? null : undefined)
      if (refreshToken !== undefined) left.add(refreshToken)
    },
    async endLeft() {
      await Promise.all([...left].map(end))
    },
  }
}
