import { problemResponses } from '@crm/service-kit/errors/problem-details.ts'
import { bodyProblems, jsonResponse } from '@crm/service-kit/http/operation-parts.ts'
import { ref } from '@crm/service-kit/http/schemas.ts'
import { cookieGiven, cookieReplaced, cookieTaken, notKept, withHeaders } from './auth.headers.ts'
import { AuthTokens, Login, RefreshCookie, RefreshTokenInput } from './auth.schemas.ts'

const tags = ['auth']

export const loginOperation = {
  operationId: 'login',
  tags,
  summary: 'Log in',
  description:
    'Begins a session, which lives for 30 days after its last refresh. A user has 100 at most: one more ends the one that was not refreshed for longest. An unknown email and a wrong password get the same answer; many attempts are slowed: 429 says for how long.',
  // A second session does no harm.
  'x-idempotent': true,
  security: [],
  body: ref(Login),
  response: {
    200: { ...jsonResponse('The session has begun.', AuthTokens), headers: { ...notKept, ...cookieGiven } },
    ...problemResponses(...bodyProblems, 'invalid_credentials', 'forbidden', 'rate_limited'),
  },
}

export const refreshOperation = {
  operationId: 'refresh',
  tags,
  summary: 'Get the next access token',
  description:
    'The refresh token is replaced by the one in the answer, and works for 10 seconds more: then it gives the same one again. Showing it later ends the session, since it may have been stolen.',
  // Within those seconds, which whoever repeats it must keep to.
  'x-idempotent': true,
  security: [],
  cookies: RefreshCookie,
  body: ref(RefreshTokenInput),
  'x-optional-body': true,
  response: {
    200: { ...jsonResponse('The session goes on.', AuthTokens), headers: { ...notKept, ...cookieReplaced } },
    ...withHeaders(problemResponses(...bodyProblems, 'invalid_credentials', 'forbidden'), 401, cookieTaken),
  },
}

export const logoutOperation = {
  operationId: 'logout',
  tags,
  summary: 'Log out',
  description: 'Ends the session of the refresh token, and its access tokens with it. One that has ended already is left at that.',
  'x-idempotent': true,
  security: [],
  cookies: RefreshCookie,
  body: ref(RefreshTokenInput),
  'x-optional-body': true,
  response: {
    204: { description: 'The session has ended.', type: 'null', headers: { ...notKept, ...cookieTaken } },
    ...problemResponses(...bodyProblems, 'forbidden'),
  },
}
