import { until } from '@crm/testing/poll.ts'
import type { System } from './system.ts'

/** The parts of the answer to a login that a client of crm-service needs. */
export interface Login {
  accessToken: string
  refreshToken: string
  user: { id: string }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Starts a session of a user, at the real user-service. */
export async function logIn(userServiceUrl: string, email: string, password: string): Promise<Login> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${userServiceUrl}/v1/auth/login`, { method: 'POST', headers, body: JSON.stringify({ email, password }) })
  if (answer.status !== 200) throw new Error(`the login of ${email} was answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Login
}

export interface LoggedInUser extends Login {
  email: string
  password: string
}

/** Creates a user with a password, and starts their first session. */
export async function newLogin(system: System, role: string, companyId: string): Promise<LoggedInUser> {
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: 'a password of the tests' }
  await system.createUser(role, companyId, credentials)
  return { ...(await loginOf(system, credentials)), ...credentials }
}

/** Starts a further session of a user. */
export function loginOf(system: System, { email, password }: { email: string; password: string }): Promise<Login> {
  return logIn(system.userService.url, email, password)
}

/** What a call in that session shows. */
export function inSession({ user, accessToken }: Login): { as: string; token: string } {
  return { as: user.id, token: accessToken }
}

/** A change at user-service is seen everywhere within so many milliseconds. */
export const seenWithinMs = 2_000

/** The newest leads that the user of a session may read. */
export const listLeads = (system: System, login: Login) =>
  system.call<{ data: { companyId: string }[]; code: string }>('GET', '/v1/leads', inSession(login))

/** Resolves when listing leads is answered so. Rejects when that takes longer than a change may take to show. */
export function untilStatus(system: System, login: Login, status: number, what: string) {
  return until(async () => (await listLeads(system, login)).status === status, { timeoutMs: seenWithinMs, intervalMs: 25, what })
}

export function createLead(system: System, login: Login, companyId: string) {
  const body = { name: 'Leonie', email: `${crypto.randomUUID()}@example.com`, companyId }
  return system.call('POST', '/v1/leads', { ...inSession(login), body })
}
