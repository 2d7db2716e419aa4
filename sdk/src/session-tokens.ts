import { checkedToken } from './access-token.ts'
import { CrmAccessTokenError } from './errors.ts'
import type { AuthTokens } from './generated/models.ts'
import { isObject } from './is-object.ts'
import { type SessionTokens, type Tellable, type TokensHook, tellerOf } from './tokens-hook.ts'

/** Tokens that may be used. */
export interface HeldTokens {
  tokens: SessionTokens
  /** Who calls by them: changes with every login that was asked for, and when a session goes on as another user. */
  caller: number
}

/** The tokens of one session at a time. Whatever tells of a change rejects with CrmAccessTokenError when the hook fails; `told` tells again. */
export interface TokenStore {
  readonly tokens: SessionTokens | undefined
  readonly caller: number
  /** Changes when another session begins or this one ends. */
  readonly session: number
  /** Whether the hook knows of the tokens, or of their end. */
  readonly isTold: boolean
  /** The newest tokens, once the hook knows of them; undefined when there is no session. */
  told(): Promise<HeldTokens | undefined>
  /** Keeps what was asked for in a session, and gives its tokens. Gives those of the session that took its place; rejects when there is none. */
  keep(answer: AuthTokens, session: number): Promise<HeldTokens>
  /** Ends the session here, and numbers the next. */
  forget(): Promise<void>
  /** Puts a new session in place of the one before. */
  begin(answer: AuthTokens): Promise<void>
}

interface State extends Tellable {
  readonly caller: number
  /** Undefined as long as no answer has named the user. */
  readonly userId: string | undefined
}

export function createTokenStore(first: SessionTokens | undefined, onTokens: TokensHook | undefined): TokenStore {
  let state: State = { tokens: first, caller: 0, userId: first && subjectOf(first.accessToken), isTold: true }
  let session = 0
  let callers = 0
  const tell = tellerOf(onTokens, () => state)

  async function told(): Promise<HeldTokens | undefined> {
    // What comes while something is told is not told yet.
    while (!state.isTold) await tell()
    const { tokens, caller } = state
    return tokens && { tokens, caller }
  }

  return {
    get tokens() {
      return state.tokens
    },
    get caller() {
      return state.caller
    },
    get session() {
      return session
    },
    get isTold() {
      return state.isTold
    },
    told,
    async keep(answer, askedIn) {
      // Else another session began meanwhile, which will do as well, or none.
      if (askedIn === session) {
        const tokens = tokensOf(answer)
        const userId = userIdOf(answer) ?? state.userId
        const isSame = state.userId === undefined || state.userId === userId
        state = { tokens, caller: isSame ? state.caller : ++callers, userId, isTold: false }
      }
      const held = await told()
      if (held === undefined) throw noSession()
      return held
    },
    async forget() {
      session++
      if (state.tokens !== undefined) state = { ...state, tokens: undefined, isTold: false }
      await tell()
    },
    async begin(answer) {
      const tokens = tokensOf(answer)
      session++
      state = { tokens, caller: ++callers, userId: userIdOf(answer), isTold: false }
      await tell()
    },
  }
}

function tokensOf({ accessToken, refreshToken, expiresIn }: AuthTokens): SessionTokens {
  checkedToken(accessToken, 'The response to the login or refresh has no token')
  return { accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 1000 }
}

// What stands in for the API, such as in tests, may leave the user out.
function userIdOf({ user }: Partial<AuthTokens>): string | undefined {
  return user?.id
}

/** The user whom a JSON Web Token is of; undefined for what is none. */
function subjectOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))
    return isObject(claims) && typeof claims.sub === 'string' ? claims.sub : undefined
  } catch {
    return undefined
  }
}

export function noSession(): CrmAccessTokenError {
  return new CrmAccessTokenError('There is no session: log in first.')
}
