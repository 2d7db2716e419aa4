import { Access, Role } from '../access/access.ts'
import { AppError } from '../errors/app-error.ts'
import { createAnswerCache } from '../http-client/answer-cache.ts'
import { answerCheck } from '../http-client/answer-check.ts'
import type { ServiceClient } from '../http-client/service-client.ts'
import type { AccessSource } from './authentication.ts'
import { type Credentials, sessionKey, unauthenticated } from './caller.ts'

const isAccess = answerCheck(Access, [Role])

interface Question {
  credentials: Credentials
  requestId: string
}

/** Asks user-service who callers are, passing on what they showed, and remembers each answer for up to a second. */
export function remoteAccess(userService: ServiceClient): AccessSource {
  const answers = createAnswerCache({
    ask: (_key, question: Question) => askUserService(userService, question),
    sizeOf: ({ ancestorIds, descendantIds }) => 1 + ancestorIds.length + descendantIds.length,
  })
  return {
    remembers: true,
    cached: (credentials) => answers.peek(sessionKey(credentials)),
    get: (credentials, requestId) => answers.get(sessionKey(credentials), { credentials, requestId }),
    ask: (credentials, requestId) => answers.ask(sessionKey(credentials), { credentials, requestId }),
  }
}

async function askUserService(userService: ServiceClient, { credentials, requestId }: Question): Promise<Access> {
  const headers = { ...credentials.headers, 'x-request-id': requestId }
  const { status, body } = await userService.request({ method: 'GET', path: '/v1/users/me/access', headers })
  if (status === 401) throw unauthenticated('The session has ended, or the user is unknown or inactive, or their company is.')
  if (status === 200 && isAccess(body)) return body
  throw new AppError('dependency_unavailable', `user-service answered ${status} to the question who the caller is.`, {
    headers: { 'retry-after': '1' },
  })
}
