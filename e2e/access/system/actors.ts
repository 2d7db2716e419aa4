import type { CallerKind, Role } from '../callers.ts'
import type { Place } from '../tree.ts'
import { call } from './call.ts'

export interface Account {
  id: string
  email: string
  password: string
  role: Role
  /** The company, by its place; a SYSTEM_ADMIN looks at the trees from the middle one as well. */
  companyPlace: Place
}

/** Somebody with a session. */
export interface Actor extends Account {
  kind: CallerKind
  token: string
  refreshToken: string
  sessionId: string
}

interface Tokens {
  accessToken: string
  refreshToken: string
  user: { id: string }
}

/** Starts a session of an account, at user-service. */
export async function logIn(userServiceUrl: string, account: Omit<Account, 'id'>): Promise<Actor> {
  const { email, password } = account
  const answer = await call(userServiceUrl, { method: 'POST', path: '/v1/auth/login', body: { email, password } })
  if (answer.status !== 200) throw new Error(`the login of ${email} was answered ${answer.status}: ${answer.text}`)
  const { accessToken, refreshToken, user } = answer.body as Tokens
  return { ...account, id: user.id, kind: account.role, token: accessToken, refreshToken, sessionId: sessionOf(accessToken) }
}

function sessionOf(accessToken: string): string {
  const [, payload = ''] = accessToken.split('.')
  const { sid }: { sid: string } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return sid
}
