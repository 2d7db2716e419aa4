import type { IncomingHttpHeaders } from 'node:http'
import type { Access } from '../access/access.ts'
import { AppError } from '../errors/app-error.ts'

/** What a request showed of its caller, to be passed on to other services as it came. */
export interface Credentials {
  userId: string
  headers: Record<string, string>
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

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Reads `x-user-id`, believed as it stands: `header` mode, for loopback only. A token that is present cannot be checked yet and is refused. */
export function headerCredentials(headers: IncomingHttpHeaders): Credentials {
  const userId = headers['x-user-id']
  if (userId === undefined) throw unauthenticated('The header x-user-id is missing.')
  if (typeof userId !== 'string' || !uuid.test(userId)) throw unauthenticated('The header x-user-id is not a user id.')
  if (headers.authorization !== undefined) throw unauthenticated('This service does not check access tokens; leave Authorization out.')
  return { userId: userId.toLowerCase(), headers: { 'x-user-id': userId.toLowerCase() } }
}

export function unauthenticated(detail: string): AppError {
  return new AppError('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="crm"' } })
}
