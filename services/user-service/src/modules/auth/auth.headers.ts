import { exampleTokens } from './auth.examples.ts'
import { refreshCookie } from './refresh-cookie.ts'

const attributes = 'Path=/v1/auth; HttpOnly; Secure; SameSite=Strict'
const given = `${refreshCookie}=${exampleTokens.refreshToken}; Max-Age=2592000; ${attributes}`
const taken = `${refreshCookie}=; Max-Age=0; Path=/v1/auth; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict`

/** Documents an answer that nobody on its way may keep. */
export const notKept = {
  'cache-control': {
    type: 'string',
    const: 'private, no-store',
    required: true,
    description: 'Tokens are for their caller alone, and are not to be kept.',
  },
}

/** Documents the cookie of a browser session, as an answer sets it. */
export const cookieGiven = { 'set-cookie': setCookie('The refresh token, where `session` is `cookie`. Secure except on loopback.', given) }
export const cookieReplaced = { 'set-cookie': setCookie('The next refresh token, where the one before it came in the cookie.', given) }
export const cookieTaken = { 'set-cookie': setCookie('Takes the cookie away, where it was the one shown.', taken) }

function setCookie(description: string, example: string) {
  return { type: 'string', pattern: `^${refreshCookie}=`, description, examples: [example] }
}

/** The problems with headers of this operation's own on those of one status. */
export function withHeaders(problems: Record<number, object>, status: number, headers: object): Record<number, object> {
  const response: { headers?: object } = problems[status] ?? {}
  return { ...problems, [status]: { ...response, headers: { ...response.headers, ...headers } } }
}
