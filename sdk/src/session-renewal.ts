import { CrmAuthenticationError } from './errors.ts'
import type { AuthTokens, User } from './generated/models.ts'
import type { RequestOptions } from './request-options.ts'
import type { Password, SessionRequests } from './session-requests.ts'
import { type HeldTokens, noSession, type TokenStore } from './session-tokens.ts'
import type { SessionTokens } from './tokens-hook.ts'

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
  /** The tokens at hand when they will do, else those that all who ask meanwhile are waiting for. */
  tokensUnless(isUnfit: IsUnfit): Promise<HeldTokens>
  /** Begins a session when asked for, unless there is a logout meanwhile: then what was begun is ended, and it rejects. */
  begin(password: Password): Promise<User>
  /** What is under way begins no session any more. */
  stop(): void
}

export function createRenewal({ own, requests, store, limits }: RenewalParts): Renewal {
  /** Why there is no session: what was refused once is not tried again by itself. */
  let refusal: CrmAuthenticationError | undefined
  let renewing: Promise<HeldTokens> | undefined
  let logOuts = 0

  /** Logs in, and gives what `keep` makes of the answer. */
  async function begun<T>(password: Password, keep: (answer: AuthTokens) => Promise<T>, options?: RequestOptions): Promise<T> {
    const before = logOuts
    const answer = await requests.begin(password, options)
    if (before === logOuts) {
      const kept = await keep(answer)
      if (before === logOuts) return kept
    } else {
      // Another session may have the cookie by now.
      if (answer.refreshToken || store.tokens === undefined) requests.leave(answer)
      await requests.endLeft().catch(() => {})
    }
    throw noSession()
  }

  /** Undefined when the session has ended, or there is none. */
  async function refreshed(): Promise<HeldTokens | undefined> {
    const { session } = store
    try {
      const answer = await requests.refresh(store.tokens, { maxRetries: 0, timeoutMs: limits.refreshMs })
      return answer && (await store.keep(answer, session))
    } catch (error) {
      if (!(error instanceof CrmAuthenticationError)) throw error
      if (session !== store.session) {
        // Of a session that was left: whoever has sent nothing yet goes on in the next.
        const held = await store.told()
        if (held !== undefined) return held
        throw error
      }
      refusal = own === undefined ? error : undefined
      await store.forget()
      return undefined
    }
  }

  async function renewed(isUnfit: IsUnfit): Promise<HeldTokens> {
    const before = logOuts
    // Those that could not be told are as good as others once they are.
    const told = await store.told()
    if (told !== undefined && !isUnfit(told.tokens)) return told
    const fresh = await refreshed()
    if (fresh !== undefined) return fresh
    if (own === undefined || refusal !== undefined || before !== logOuts) throw refusal ?? noSession()
    const { session } = store
    try {
      return await begun(own, (answer) => store.keep(answer, session), { maxRetries: 0, timeoutMs: limits.loginMs })
    } catch (error) {
      if (error instanceof CrmAuthenticationError) refusal = error
      throw error
    }
  }

  return {
    get logOuts() {
      return logOuts
    },
    async tokensUnless(isUnfit) {
      const { tokens, caller, isTold } = store
      if (renewing === undefined && tokens !== undefined && isTold && !isUnfit(tokens)) return { tokens, caller }
      if (renewing !== undefined) return await renewing
      const latest = renewed(isUnfit).finally(() => {
        if (renewing === latest) renewing = undefined
      })
      renewing = latest
      return await latest
    },
    async begin(password) {
      return await begun(password, async (answer) => {
        refusal = undefined
        // What is under way is for the session before.
        renewing = undefined
        await store.begin(answer)
        return answer.user
      })
    },
    stop() {
      logOuts++
      refusal = undefined
      renewing = undefined
    },
  }
}
