import { isToken, type TokenSource } from './access-token.ts'
import type { User } from './generated/models.ts'
import type { AuthResource } from './generated/resources.ts'
import { isObject } from './is-object.ts'
import { createRenewal, type IsUnfit, type SessionLimits } from './session-renewal.ts'
import { type Password, type SessionKind, sessionRequests } from './session-requests.ts'
import { createTokenStore, noSession, type SessionTokens, type TokensHook } from './session-tokens.ts'

/** How a client comes by its access tokens: it logs in and refreshes by itself. */
export interface SessionCredentials {
  email?: string | undefined
  password?: string | undefined
  /** Where the refresh token is: with this client, or (`cookie`, for pages of the API's own host) in a cookie that no script can read. */
  session?: SessionKind | undefined
  /** Of a session that was begun before. */
  tokens?: SessionTokens | undefined
  /** A call that needs new tokens waits for it. */
  onTokens?: TokensHook | undefined
}

/** The session of a client that logs in by itself. */
export interface CrmSession {
  /** Begins a session, in place of the one before. Rejects with CrmAuthenticationError when email or password are wrong. */
  logIn(login: Password): Promise<User>
  /**
   * Ends the session and forgets its tokens, also when the server cannot be told; then it rejects, and when called again tells the
   * server again. What was asked for before is not sent by a later session.
   */
  logOut(): Promise<void>
}

export interface SessionSource extends CrmSession {
  /** The tokens for a call that begins now: good for a while yet, until a logout. Those who need another at the same time share one refresh. */
  tokensOfCall(): Required<TokenSource>
}

// Refreshed so long before its end that it is good until it arrives, in milliseconds.
const marginMs = 30_000
// The server takes a refresh token for 10 s after it was replaced: one whose answer is lost must be sent again before, in milliseconds.
const refreshLimitMs = 4_000

export function sessionLimits({ attemptTimeoutMs }: { attemptTimeoutMs: number }): SessionLimits {
  return { loginMs: attemptTimeoutMs, refreshMs: Math.min(attemptTimeoutMs, refreshLimitMs) }
}

/** A session that begins with its first use. Throws TypeError for credentials that begin none. */
export function createSession(credentials: SessionCredentials, auth: AuthResource, limits: SessionLimits): SessionSource {
  checkCredentials(credentials)
  const own = passwordOf(credentials)
  const requests = sessionRequests(auth, credentials.session ?? 'token')
  const store = createTokenStore(credentials.tokens, credentials.onTokens)
  const renewal = createRenewal({ own, requests, store, limits })
  return {
    tokensOfCall() {
      const { logOuts } = renewal
      const requireSame = () => {
        if (logOuts !== renewal.logOuts) throw noSession()
      }
      const tokenOfSame = async (isUnfit: IsUnfit) => {
        requireSame()
        const token = await renewal.tokenUnless(isUnfit)
        requireSame()
        return token
      }
      return {
        accessToken: () => tokenOfSame(({ expiresAt }) => expiresAt - marginMs <= Date.now()),
        replace: (refused) => tokenOfSame(({ accessToken }) => accessToken === refused),
      }
    },
    async logIn(password) {
      const answer = await renewal.begin(password)
      await store.begin(answer)
      return answer.user
    },
    async logOut() {
      renewal.stop()
      requests.leave(store.tokens)
      try {
        await store.forget()
      } finally {
        await requests.endLeft()
      }
    },
  }
}

// As JavaScript may give them, or a store of tokens.
function checkCredentials(credentials: SessionCredentials): void {
  if (!isObject(credentials)) throw new TypeError('credentials must be an object')
  const { session = 'token', tokens, onTokens } = credentials
  if (session !== 'token' && session !== 'cookie') throw new TypeError("credentials.session must be 'token' or 'cookie'")
  if (tokens !== undefined && !(isObject(tokens) && isToken(tokens.accessToken)))
    throw new TypeError('credentials.tokens are not the tokens of a session')
  if (onTokens !== undefined && typeof onTokens !== 'function') throw new TypeError('credentials.onTokens must be a function')
}

function passwordOf({ email, password }: SessionCredentials): Password | undefined {
  if (email !== undefined && password !== undefined) return { email, password }
  if (email !== undefined || password !== undefined) throw new TypeError('credentials need email and password, or neither')
  return undefined
}
