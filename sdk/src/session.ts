import { isToken, type TokenSource } from './access-token.ts'
import { CrmAccessTokenError } from './errors.ts'
import type { User } from './generated/models.ts'
import type { AuthResource } from './generated/resources.ts'
import { isObject } from './is-object.ts'
import { createRenewal, type IsUnfit, type SessionLimits } from './session-renewal.ts'
import { type Password, type SessionKind, sessionRequests } from './session-requests.ts'
import { createTokenStore, noSession } from './session-tokens.ts'
import type { SessionTokens, TokensHook } from './tokens-hook.ts'

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
  /**
   * Begins a session, in place of the one before, which is not ended at the server. Rejects with CrmAuthenticationError when email or
   * password are wrong. What was sent in the session before is not sent again in this one.
   */
  logIn(login: Password): Promise<User>
  /**
   * Ends the session and forgets its tokens, also when the server cannot be told; then it rejects, and when called again tells the
   * server again. What was asked for before is not sent by a later session.
   */
  logOut(): Promise<void>
}

export interface SessionSource extends CrmSession {
  /**
   * The tokens for a call or a list that begins now: good for a while yet, until a logout, and once one was given until another login.
   * Those who need another at the same time share one refresh.
   */
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
      let sentAs: number | undefined
      const requireSame = (caller: number) => {
        if (logOuts !== renewal.logOuts) throw noSession()
        if (sentAs !== undefined && sentAs !== caller) throw replacedSession()
      }
      const tokenOfSame = async (isUnfit: IsUnfit) => {
        requireSame(store.caller)
        const { tokens, caller } = await renewal.tokensUnless(isUnfit)
        requireSame(caller)
        sentAs = caller
        return tokens.accessToken
      }
      return {
        accessToken: () => tokenOfSame(({ expiresAt }) => expiresAt - marginMs <= Date.now()),
        replace: (refused) => tokenOfSame(({ accessToken }) => accessToken === refused),
      }
    },
    logIn: renewal.begin,
    async logOut() {
      renewal.stop()
      requests.leave(store.tokens)
      // A hook that hangs leaves no session open at the server.
      const [told, ended] = await Promise.allSettled([store.forget(), requests.endLeft()])
      if (ended.status === 'rejected') throw ended.reason
      if (told.status === 'rejected') throw told.reason
    },
  }
}

// Its key is another user's there, so that the server would take it for another write.
function replacedSession(): CrmAccessTokenError {
  return new CrmAccessTokenError('The session of this call is over: another has begun.')
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
