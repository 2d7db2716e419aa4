import { settled } from './access-token.ts'

/** What goes on with a session: to be kept as carefully as a password. */
export interface SessionTokens {
  accessToken: string
  /** Good for one refresh; null where it is in a cookie. */
  refreshToken: string | null
  /** When the access token ends, in milliseconds since 1970 by this machine's clock. */
  expiresAt: number
}

/**
 * Told of a change before its first use: of the tokens to keep instead of those before, or of undefined when the session has ended. Told
 * again only when it is done with what came before, and then of the newest. It must not wait for the client, for its logOut neither, which
 * waits for it.
 */
export type TokensHook = (tokens: SessionTokens | undefined) => void | Promise<void>

/** What the hook knows, or is to know. */
export interface Tellable {
  readonly tokens: SessionTokens | undefined
  isTold: boolean
}

/**
 * Tells the hook of the newest state, once for all who ask at the same time; rejects with CrmAccessTokenError when the hook fails. One
 * telling waits for the other, whichever way it ends: a slow store that heard of two at a time might keep the older one.
 */
export function tellerOf(onTokens: TokensHook | undefined, newest: () => Tellable): () => Promise<void> {
  let telling: { state: Tellable; ended: Promise<void> } | undefined
  let next: Promise<void> | undefined

  async function tellNewest(): Promise<void> {
    await telling?.ended.catch(() => {})
    next = undefined
    const state = newest()
    // Begun once it is noted that it is: the hook may use the client.
    const ended = Promise.resolve()
      .then(() => settled('onTokens', () => onTokens?.(state.tokens)))
      .then(() => {
        state.isTold = true
      })
      .finally(() => {
        telling = undefined
      })
    telling = { state, ended }
    await ended
  }

  return async () => {
    const state = newest()
    if (state.isTold) return
    if (telling?.state === state) return await telling.ended
    next ??= tellNewest()
    await next
  }
}
