import { CrmAccessTokenError } from './errors.ts'

/** Gives the access token of the moment; asked before every attempt, so let it remember its token while that is good, and when one is refused. */
export type AccessTokenSource = () => string | Promise<string>

/** Where one call, or all pages of one list, have their access tokens from. */
export interface TokenSource {
  /** The token of the moment. Rejects with CrmAccessTokenError when there is none, and with CrmApiError when a login or refresh is refused. */
  accessToken(): Promise<string>
  /** A token instead of one that was refused, or the same where there is none yet; left out where there is no other. */
  replace?(refused: string): Promise<string>
}

/** A token that is the same for good, or a function, which may know another one when it is asked again. */
export function tokenSourceOf(given: string | AccessTokenSource): TokenSource {
  const accessToken = () => accessTokenOf(given)
  return typeof given === 'string' ? { accessToken } : { accessToken, replace: accessToken }
}

/** The token of a client. Rejects with CrmAccessTokenError when its source fails or gives none. */
async function accessTokenOf(accessToken: string | AccessTokenSource): Promise<string> {
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
