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

/** Whoever asks so many milliseconds after a change at user-service sees it. */
const seenWithinMs = 2_000

export interface Change<Asked> {
  /** Whether an answer shows the change. */
  isSeen(answer: Asked): boolean
  what: string
}

/**
 * Asks until the change made just now shows, and resolves to that answer. Rejects when it does not to who asked later than it may take.
 * 503 is no answer: a machine that stalls keeps user-service from answering, but makes no answer live longer.
 */
export async function untilSeen<Asked extends { status: number }>(ask: () => Promise<Asked>, { isSeen, what }: Change<Asked>) {
  const changedAt = performance.now()
  const asking = async () => {
    const isOverdue = performance.now() - changedAt > seenWithinMs
    const answer = await ask()
    return (isSeen(answer) || (isOverdue && answer.status !== 503)) && answer
  }
  const answer = await until(asking, { timeoutMs: 30_000, intervalMs: 25, what })
  if (!isSeen(answer)) throw new Error(`Not seen by who asked ${seenWithinMs} ms later: ${what}`)
  return answer
}

/** The newest leads that the user of a session may read. */
export const listLeads = (system: System, login: Login) =>
  system.call<{ data: { companyId: string }[]; code: string }>('GET', '/v1/leads', inSession(login))

/** Resolves when listing leads is answered so, since a change made just now. Rejects when that takes longer than a change may take to show. */
export function untilStatus(system: System, login: Login, status: number, what: string) {
  return untilSeen(() => listLeads(system, login), { isSeen: (answer) => answer.status === status, what })
}

export function createLead(system: System, login: Login, companyId: string) {
  const body = { name: 'Leonie', email: `${crypto.randomUUID()}@example.com`, companyId }
  return system.call('POST', '/v1/leads', { ...inSession(login), body })
}
