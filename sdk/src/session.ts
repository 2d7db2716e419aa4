import { isToken, type TokenSource } from './access-token.ts'
import { CrmAuthenticationError } from './errors.ts'
import type { AuthTokens, Login, User } from './generated/models.ts'
import type { AuthResource } from './generated/resources.ts'
import { isObject } from './is-object.ts'
import type { RequestOptions } from './request-options.ts'
import { createTokenStore, noSession, type SessionTokens, type TokensHook } from './session-tokens.ts'

type Password = Pick<Login, 'email' | 'password'>

/** How a client comes by its access tokens: it logs in and refreshes by itself. */
export interface SessionCredentials {
  email?: string | undefined
  password?: string | undefined
  /** Where the refresh token is: with this client, or (`cookie`, for pages of the API's own host) in a cookie that no script can read. */
  session?: 'token' | 'cookie' | undefined
  /** Of a session that was begun before. */
  tokens?: SessionTokens | undefined
  /** A call that needs new tokens waits for it. */
  onTokens?: TokensHook | undefined
}

/** The session of a client that logs in by itself. */
export interface CrmSession {
  /** Begins a session, in place of the one before. Rejects with CrmAuthenticationError when email or password are wrong. */
  logIn(login: Password): Promise<User>
  /** Ends the session and forgets its tokens, also when the server cannot be told; then it rejects. */
  logOut(): Promise<void>
}

/** Its token is good for a while yet; those who ask at the same time share one refresh. */
export interface SessionSource extends CrmSession, Required<TokenSource> {}

// Refreshed so long before its end that it is good until it arrives, in milliseconds.
const marginMs = 30_000

/**
 * A session that begins with its first use. `once` is for the logins and refreshes that it sends by itself: whoever waits for them has
 * retries of its own. Throws TypeError for credentials that begin none.
 */
export function createSession(credentials: SessionCredentials, auth: AuthResource, once: RequestOptions): SessionSource {
  checkCredentials(credentials)
  const { session: kind = 'token', onTokens } = credentials
  const own = passwordOf(credentials)
  const store = createTokenStore(credentials.tokens, onTokens)
  /** Why there is no session: what was refused once is not tried again by itself. */
  let refusal: CrmAuthenticationError | undefined
  let renewing: Promise<string> | undefined

  const sendLogin = ({ email, password }: Password, options?: RequestOptions): Promise<AuthTokens> =>
    auth.login({ email, password, ...(kind === 'cookie' && { session: kind }) }, options)
  const refreshBody = () => (store.tokens?.refreshToken ? { refreshToken: store.tokens.refreshToken } : {})

  /** Undefined when the session has ended, or there is none. */
  async function refreshed(): Promise<string | undefined> {
    // Whether there is a cookie only the server knows.
    if (store.tokens === undefined && kind !== 'cookie') return undefined
    const { session } = store
    try {
      return await store.keep(await auth.refresh(refreshBody(), once), session)
    } catch (error) {
      if (!(error instanceof CrmAuthenticationError) || session !== store.session) throw error
      await store.forget()
      refusal = own === undefined ? error : undefined
      return undefined
    }
  }

  async function renew(): Promise<string> {
    const token = await refreshed()
    if (token !== undefined) return token
    if (own === undefined || refusal !== undefined) throw refusal ?? noSession()
    const { session } = store
    try {
      return await store.keep(await sendLogin(own, once), session)
    } catch (error) {
      if (error instanceof CrmAuthenticationError) refusal = error
      throw error
    }
  }

  /** The token at hand when it will do, else the one that all who ask meanwhile are waiting for. */
  async function tokenUnless(isUnfit: (tokens: SessionTokens) => boolean): Promise<string> {
    if (renewing === undefined && store.tokens !== undefined && !isUnfit(store.tokens)) return store.tokens.accessToken
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  return {
    accessToken: () => tokenUnless(({ expiresAt }) => expiresAt - marginMs <= Date.now()),
    replace: (refused) => tokenUnless(({ accessToken }) => accessToken === refused),
    async logIn(password) {
      const answer = await sendLogin(password)
      refusal = undefined
      await store.begin(answer)
      return answer.user
    },
    async logOut() {
      const body = refreshBody()
      refusal = undefined
      try {
        await store.forget()
      } finally {
        if (kind === 'cookie' || 'refreshToken' in body) await auth.logout(body)
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
