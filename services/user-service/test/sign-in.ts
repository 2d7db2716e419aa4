import { hashPassword } from '../src/modules/passwords/password-hash.ts'
import { type Answer, type Json, type TestService, type UserName, userIds } from './fixture.ts'

export const password = 'correct horse battery'
const passwordHash = await hashPassword(password)

export const emailOf = (user: UserName) => `${user.toLowerCase()}@example.com`

/** Lets a user of the fixture log in with `password`. */
export async function givePassword({ db }: TestService, ...users: UserName[]): Promise<void> {
  await db.sql`update users set password_hash = ${passwordHash} where id = any(${users.map((user) => userIds[user])}::uuid[])`
}

export interface SignedIn {
  accessToken: string
  refreshToken: string
  sessionId: string
  /** What a request with the access token has. */
  headers: { 'x-user-id': string; authorization: string }
}

export function login({ call }: TestService, user: UserName, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return call('POST', '/v1/auth/login', { body: { email: emailOf(user), password, ...body }, headers })
}

/** Logs a user in who has the password. */
export async function signIn(service: TestService, user: UserName): Promise<SignedIn> {
  return signedIn(await login(service, user))
}

export function signedIn({ status, body }: Answer): SignedIn {
  if (status !== 200) throw new Error(`not signed in: ${status} ${JSON.stringify(body)}`)
  const { accessToken, refreshToken } = body
  const { sub, sid } = claimsOf(accessToken)
  return { accessToken, refreshToken, sessionId: sid, headers: { 'x-user-id': sub, authorization: `Bearer ${accessToken}` } }
}

export function claimsOf(token: string): Json {
  return partOf(token, 1)
}

export function headerOf(token: string): Json {
  return partOf(token, 0)
}

export function refresh({ call }: TestService, refreshToken: string): Promise<Answer> {
  return call('POST', '/v1/auth/refresh', { body: { refreshToken } })
}

/** The number of password hashes that the service has computed, for a purpose. */
export async function hashesOf({ call }: TestService, purpose: 'check' | 'store'): Promise<number> {
  const { body } = await call('GET', '/metrics')
  return Number(new RegExp(`^password_hashes_total\\{purpose="${purpose}"\\} (\\d+)$`, 'm').exec(body)?.[1] ?? 0)
}

function partOf(token: string, part: number): Json {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString())
}
