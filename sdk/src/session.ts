import { CrmAuthenticationError, type CrmError } from './errors.ts'
import type { AuthTokens, Login, User } from './generated/models.ts'
import type { Operation } from './operation.ts'
import { createTokenStore, noSession, type SessionTokens, type TokensHook } from './session-tokens.ts'

type Password = Pick<Login, 'email' | 'password'>

/** How a client comes by its access tokens: it logs in and refreshes by itself. */
export interface SessionCredentials extends Partial<Password> {
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

export interface SessionSource extends CrmSession {
  /** A token that is good for a while yet; concurrent questions share one refresh. */
  accessToken(): Promise<string>
  /** A token instead of one that was refused. */
  replace(refused: string): Promise<string>
}

/** Sends an operation that wants no token, once. */
export type SendOpen = <T>(operation: Operation, body: object) => Promise<T>

const post = (path: string): Operation => ({ method: 'POST', path, service: 'user', open: true })
const [login, refresh, logout] = [post('/v1/auth/login'), post('/v1/auth/refresh'), post('/v1/auth/logout')]

// Refreshed so long before its end that it is good until it arrives, in milliseconds.
const marginMs = 30_000

/** A session that begins with its first use. Throws TypeError for credentials that begin none. */
export function createSession(credentials: SessionCredentials, send: SendOpen): SessionSource {
  const { session: kind = 'token', onTokens } = credentials
  const own = passwordOf(credentials)
  const store = createTokenStore(credentials.tokens, onTokens)
  /** Why there is no session: what was refused once is not tried again by itself. */
  let refusal: CrmError | undefined
  let renewing: Promise<string> | undefined

  const sendLogin = (password: Password) => send<AuthTokens>(login, { ...password, ...(kind === 'cookie' && { session: kind }) })
  const refreshBody = () => (store.tokens?.refreshToken ? { refreshToken: store.tokens.refreshToken } : {})

  /** Undefined when the session has ended, or there is none. */
  async function refreshed(): Promise<string | undefined> {
    // Whether there is a cookie only the server knows.
    if (store.tokens === undefined && kind !== 'cookie') return undefined
    const { session } = store
    try {
      return await store.keep(await send<AuthTokens>(refresh, refreshBody()), session)
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
      return await store.keep(await sendLogin(own), session)
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
      await store.forget()
      if (kind === 'cookie' || 'refreshToken' in body) await send(logout, body)
    },
  }
}

function passwordOf({ email, password }: SessionCredentials): Password | undefined {
  if (email !== undefined && password !== undefined) return { email, password }
  if (email !== undefined || password !== undefined) throw new TypeError('credentials need email and password, or neither')
  return undefined
}
