import { CrmAuthenticationError } from './errors.ts'
import type { AuthTokens } from './generated/models.ts'
import type { RequestOptions } from './request-options.ts'
import type { Password, SessionRequests } from './session-requests.ts'
import { noSession, type SessionTokens, type TokenStore } from './session-tokens.ts'

/** How long the logins and refreshes that a session sends by itself may take, in milliseconds. */
export interface SessionLimits {
  loginMs: number
  refreshMs: number
}

interface RenewalParts {
  /** What sessions are begun by without being asked for. */
  own: Password | undefined
  requests: SessionRequests
  store: TokenStore
  limits: SessionLimits
}

export type IsUnfit = (tokens: SessionTokens) => boolean

/** How a session comes by new tokens. What it sends by itself is sent once: whoever waits for it has retries of its own. */
export interface Renewal {
  /** How often it was stopped. */
  readonly logOuts: number
  /** The access token at hand when it will do, else the one that all who ask meanwhile are waiting for. */
  tokenUnless(isUnfit: IsUnfit): Promise<string>
  /** Begins a session when asked for, unless there is a logout meanwhile: then what was begun is ended, and it rejects. */
  begin(password: Password): Promise<AuthTokens>
  /** What is under way begins no session any more. */
  stop(): void
}

export function createRenewal({ own, requests, store, limits }: RenewalParts): Renewal {
  /** Why there is no session: what was refused once is not tried again by itself. */
  let refusal: CrmAuthenticationError | undefined
  let renewing: Promise<string> | undefined
  let logOuts = 0

  async function begun(password: Password, options?: RequestOptions): Promise<AuthTokens> {
    const before = logOuts
    const answer = await requests.begin(password, options)
    if (before === logOuts) return answer
    // Another session may have the cookie by now.
    if (answer.refreshToken || store.tokens === undefined) requests.leave(answer)
    await requests.endLeft().catch(() => {})
    throw noSession()
  }

  /** Undefined when the session has ended, or there is none. */
  async function refreshed(): Promise<string | undefined> {
    const { session } = store
    try {
      const answer = await requests.refresh(store.tokens, { maxRetries: 0, timeoutMs: limits.refreshMs })
      return answer && (await store.keep(answer, session))
    } catch (error) {
      if (!(error instanceof CrmAuthenticationError) || session !== store.session) throw error
      refusal = own === undefined ? error : undefined
      await store.forget()
      return undefined
    }
  }

  async function renewed(isUnfit: IsUnfit): Promise<string> {
    const before = logOuts
    // Those that could not be told are as good as others once they are.
    await store.tell()
    if (store.tokens !== undefined && !isUnfit(store.tokens)) return store.tokens.accessToken
    const token = await refreshed()
    if (token !== undefined) return token
    if (own === undefined || refusal !== undefined || before !== logOuts) throw refusal ?? noSession()
    const { session } = store
    try {
      return await store.keep(await begun(own, { maxRetries: 0, timeoutMs: limits.loginMs }), session)
    } catch (error) {
      if (error instanceof CrmAuthenticationError) refusal = error
      throw error
    }
  }

  return {
    get logOuts() {
      return logOuts
    },
    async tokenUnless(isUnfit) {
      const { tokens, isTold } = store
      if (renewing === undefined && tokens !== undefined && isTold && !isUnfit(tokens)) return tokens.accessToken
      if (renewing !== undefined) return await renewing
      const latest = renewed(isUnfit).finally(() => {
        if (renewing === latest) renewing = undefined
      })
      renewing = latest
      return await latest
    },
    async begin(password) {
      const answer = await begun(password)
      refusal = undefined
      return answer
    },
    stop() {
      logOuts++
      refusal = undefined
      renewing = undefined
    },
  }
}
