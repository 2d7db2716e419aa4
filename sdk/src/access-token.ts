import { CrmAccessTokenError } from './errors.ts'

/** Gives the access token of the moment; asked before every attempt, so let it remember its token while that is good. */
export type AccessTokenSource = () => string | Promise<string>

/** Where a client has its access tokens from. */
export interface TokenSource {
  /** The token of the moment. Rejects with CrmAccessTokenError when there is none, and with CrmApiError when a login or refresh is refused. */
  accessToken(): Promise<string>
  /** A token instead of one that was refused; left out where there is no other. */
  replace?(refused: string): Promise<string>
}

/** The token of a client. Rejects with CrmAccessTokenError when its source fails or gives none. */
export async function accessTokenOf(accessToken: string | AccessTokenSource): Promise<string> {
  if (typeof accessToken === 'string') return accessToken
  return checkedToken(await settled('accessToken', accessToken), 'accessToken gave no token')
}

/** Rejects with CrmAccessTokenError, which has the cause, when what the caller gave by this name fails. */
export async function settled<T>(name: string, given: () => T | Promise<T>): Promise<T> {
  try {
    return await given()
  } catch (cause) {
    throw new CrmAccessTokenError(`${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Throws CrmAccessTokenError for what is no token. */
export function checkedToken(token: unknown, message: string): string {
  if (!isToken(token)) throw new CrmAccessTokenError(message)
  return token
}

/** Whether it can be sent as a bearer token. */
export function isToken(token: unknown): token is string {
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)
}
