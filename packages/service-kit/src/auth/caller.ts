import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from '../access/access.ts'
import { AppError } from '../errors/app-error.ts'

/** What a request showed of its caller. */
export interface Credentials {
  userId: string
  /** Of the access token, and of the key that signed it; null when none was shown. */
  sessionId: string | null
  keyId: string | null
  /** What is passed on to other services: x-user-id and, when it was shown, authorization. */
  headers: Record<string, string>
}

/**
 * What answers given to a caller are remembered under: one session's are not another's, which may have ended, nor those to a token of
 * one signing key another's, which may have been withdrawn.
 */
export function sessionKey({ userId, sessionId, keyId }: Credentials): string {
  return `${userId} ${sessionId ?? ''} ${keyId ?? ''}`
}

/** Who is calling, as use cases see it. */
export interface Caller {
  access: Access
  credentials: Credentials
  /** False when the access (or what hangs on it) may be up to a second old; a refusal is then not final. */
  fresh: boolean
  requestId: string
  traceparent: string | undefined
}

/** The parts of a request that name its caller. */
export interface RequestHeaders {
  headers: IncomingHttpHeaders
  /** Names and values in turn, as they came: Node keeps only the first of several Authorization headers elsewhere. */
  rawHeaders: readonly string[]
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
// RFC 6750, with the scheme in any case as RFC 9110 has it.
const bearer = /^Bearer +([\w.~+/-]+=*)$/i

/** The id of x-user-id in lower case. Throws `unauthenticated` unless there is exactly one, and it is a UUID. */
export function userIdOf({ headers, rawHeaders }: RequestHeaders): string {
  const userId = headers['x-user-id']
  if (userId === undefined) throw unauthenticated('The header x-user-id is missing.')
  if (isRepeated(rawHeaders, 'x-user-id')) throw unauthenticated('The header x-user-id is given more than once.')
  if (typeof userId !== 'string' || !uuid.test(userId)) throw unauthenticated('The header x-user-id is not a user id.')
  return userId.toLowerCase()
}

/** The token of Authorization; undefined without that header. Throws `unauthenticated` for more than one, and for anything but a Bearer token. */
export function bearerTokenOf({ headers, rawHeaders }: RequestHeaders): string | undefined {
  const { authorization } = headers
  if (authorization === undefined) return undefined
  if (isRepeated(rawHeaders, 'authorization')) throw unauthenticated('The header Authorization is given more than once.')
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) throw unauthenticated('The header Authorization is not a Bearer token.')
  return token
}

function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) if (rawHeaders[index]?.toLowerCase() === name) count++
  return count > 1
}

/** No caller was named, or not by one who may be: what is missing or wrong is `detail`. */
export function unauthenticated(detail: string): AppError {
  return new AppError('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="crm"' } })
}

/** The access token that was shown is not valid; a client gets a new one by refreshing. */
export function invalidToken(detail: string, cause?: unknown): AppError {
  return new AppError('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="crm", error="invalid_token"' }, cause })
}
