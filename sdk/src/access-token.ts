import { CrmAccessTokenError } from './errors.ts'

/** Gives the access token of the moment; asked before every attempt, so let it remember its token while that is good. */
export type AccessTokenSource = () => string | Promise<string>

/** The token of a client. Rejects with CrmAccessTokenError when its source fails or gives none. */
export async function accessTokenOf(accessToken: string | AccessTokenSource): Promise<string> {
  if (typeof accessToken === 'string') return accessToken
  const token = await ask(accessToken)
  if (!isToken(token)) throw new CrmAccessTokenError('accessToken gave no token')
  return token
}

/** Whether it can be sent as a bearer token. */
export function isToken(token: unknown): token is string {
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)
}

async function ask(source: AccessTokenSource): Promise<string> {
  try {
    return await source()
  } catch (cause) {
    throw new CrmAccessTokenError(`accessToken failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
