import { checkedToken, settled } from './access-token.ts'
import { CrmAccessTokenError } from './errors.ts'
import type { AuthTokens } from './generated/models.ts'

/** What goes on with a session: to be kept as carefully as a password. */
export interface SessionTokens {
  accessToken: string
  /** Good for one refresh; null where it is in a cookie. */
  refreshToken: string | null
  /** When the access token ends, in milliseconds since 1970 by this machine's clock. */
  expiresAt: number
}

/** Told of a change before its first use: of the tokens to keep instead of those before, or of undefined when the session has ended. */
export type TokensHook = (tokens: SessionTokens | undefined) => void | Promise<void>

/** The tokens of one session at a time. Whatever tells of a change rejects with CrmAccessTokenError when the hook fails; `tell` tells again. */
export interface TokenStore {
  readonly tokens: SessionTokens | undefined
  /** Changes when another session begins or this one ends. */
  readonly session: number
  /** Whether the hook knows of the tokens, or of their end. */
  readonly isTold: boolean
  /** Tells what the hook does not know, once for all who ask at the same time. */
  tell(): Promise<void>
  /** Keeps what was asked for in a session, and gives its access token. Gives the token of the session that took its place; rejects when there is none. */
  keep(answer: AuthTokens, session: number): Promise<string>
  /** Ends the session here, and numbers the next. */
  forget(): Promise<void>
  /** Puts a new session in place of the one before. */
  begin(answer: AuthTokens): Promise<void>
}

interface State {
  readonly tokens: SessionTokens | undefined
  isTold: boolean
  telling?: Promise<void> | undefined
}

export function createTokenStore(first: SessionTokens | undefined, onTokens: TokensHook | undefined): TokenStore {
  let state: State = { tokens: first, isTold: true }
  let current = 0

  async function tell(): Promise<void> {
    const now = state
    if (now.isTold) return
    now.telling ??= settled('onTokens', () => onTokens?.(now.tokens)).finally(() => {
      now.telling = undefined
    })
    await now.telling
    now.isTold = true
  }

  async function put(tokens: SessionTokens | undefined): Promise<void> {
    state = { tokens, isTold: false }
    await tell()
  }

  async function keep({ accessToken, refreshToken, expiresIn }: AuthTokens, session: number): Promise<string> {
    // Another session began meanwhile, which will do as well, or none.
    if (session !== current) {
      await tell()
      return requireTokens(state.tokens).accessToken
    }
    await put({ accessToken: checkedToken(accessToken, noToken), refreshToken, expiresAt: Date.now() + expiresIn * 1000 })
    return accessToken
  }

  return {
    get tokens() {
      return state.tokens
    },
    get session() {
      return current
    },
    get isTold() {
      return state.isTold
    },
    tell,
    keep,
    async forget() {
      current++
      await (state.tokens === undefined ? tell() : put(undefined))
    },
    async begin(answer) {
      await keep(answer, ++current)
    },
  }
}

const noToken = 'The response to the login or refresh has no token'

function requireTokens(tokens: SessionTokens | undefined): SessionTokens {
  if (tokens === undefined) throw noSession()
  return tokens
}

export function noSession(): CrmAccessTokenError {
  return new CrmAccessTokenError('There is no session: log in first.')
}
