import { checkedFetch } from '@crm/testing/responses/checked-fetch.ts'
import { askUntilDone } from '../come-again.ts'

/** A session as its user holds it. */
export interface Session {
  accessToken: string
  refreshToken: string
  userId: string
  sessionId: string
}

export interface Sent {
  status: number
  body: { id?: string; code?: string; accessToken?: string; refreshToken?: string | null; user?: { id: string } }
  setCookies: string[]
}

/** Sends JSON, again where the answer says to come again, and holds each answer against the API's document. */
export async function send(
  method: string,
  url: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: object | undefined } = {},
): Promise<Sent> {
  const init = {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  }
  const answer = await askUntilDone(() => checkedFetch(url, init))
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), setCookies: answer.headers.getSetCookie() }
}

/** Starts a session. Rejects when the login is refused. */
export async function logIn(url: string, { email, password }: { email: string; password: string }): Promise<Session> {
  return sessionIn(await send('POST', `${url}/v1/auth/login`, { body: { email, password } }))
}

/** Continues a session by its refresh token. Rejects when that is refused. */
export async function refresh(url: string, { refreshToken }: Session): Promise<Session> {
  return sessionIn(await send('POST', `${url}/v1/auth/refresh`, { body: { refreshToken } }))
}

function sessionIn({ status, body }: Sent): Session {
  const { accessToken, refreshToken, user } = body
  if (status !== 200 || !accessToken || !refreshToken || !user) throw new Error(`answered ${status}: ${JSON.stringify(body)}`)
  return { accessToken, refreshToken, userId: user.id, sessionId: String(claimsOf(accessToken)?.sid) }
}

/** The claims of a token, whoever made it; undefined where there are none to be read. */
export function claimsOf(token: string): Record<string, unknown> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    return undefined
  }
}

/** What a call in that session shows: both headers, of which the gateway reads the first alone. */
export function inSession({ accessToken, userId }: Session): Record<string, string> {
  return { authorization: `Bearer ${accessToken}`, 'x-user-id': userId }
}
