import { askUntilDone } from '../come-again.ts'
import type { Session } from './sessions.ts'
import type { IdentitySystem } from './system.ts'
import { endsConnection, exchangeOne, requestText, type WireAnswer } from './wire.ts'

/** A way to an operation that shows on whose behalf it ran. */
export interface Door {
  name: string
  kind: 'gateway' | 'service'
  url: string
  path: string
}

/** The gateway before each service, and each service itself. */
export function doorsOf({ urls }: IdentitySystem): Door[] {
  return [
    { name: 'gateway, user-service behind it', kind: 'gateway', url: urls.gateway, path: '/v1/users/me' },
    { name: 'gateway, crm-service behind it', kind: 'gateway', url: urls.gateway, path: '/v1/leads' },
    { name: 'user-service', kind: 'service', url: urls.users, path: '/v1/users/me' },
    { name: 'crm-service', kind: 'service', url: urls.crm, path: '/v1/leads' },
  ]
}

export interface Attempt {
  /** What is wrong with it, or what it tries. */
  what: string
  /** The header lines of the request. Without a line for the connection, it is closed afterwards. */
  lines: readonly string[]
  /** Added to the door's path. */
  query?: string
  body?: string
}

/** Header lines that show a token and name a user, at a door where that is asked for. */
export function shows(door: Door, authorization: string, userId: string): string[] {
  return [...(door.kind === 'service' ? [`x-user-id: ${userId}`] : []), `authorization: ${authorization}`]
}

/** Sends it, and again where the answer says to come again. */
export async function attemptAt(door: Door, { lines, query = '', body }: Attempt): Promise<WireAnswer> {
  const hasConnection = lines.some((line) => /^connection:/i.test(line))
  const [host, close] = endsConnection
  const head = { path: door.path + query, lines: [host, ...(hasConnection ? [] : [close]), ...lines] }
  const text = requestText({ ...head, ...(body !== undefined && { body }) })
  return askUntilDone(() => exchangeOne(door.url, text))
}

/** Says on whose behalf an answer was given. */
export interface Viewers {
  /** The name of the user, `nobody` when the request was refused as unauthenticated or malformed, else what was answered. */
  of(door: Door, answer: WireAnswer): string
}

/**
 * Learns what each door shows to each of several users, who must not see the same: an answer to somebody else's request that
 * shows it was given on their behalf. Rejects when a door does not let one of them in.
 */
export async function learnViews(doors: readonly Door[], sessions: Record<string, Session>): Promise<Viewers> {
  const names = new Map<string, string>()
  for (const door of doors) {
    for (const [name, { accessToken, userId }] of Object.entries(sessions)) {
      const answer = await attemptAt(door, { what: name, lines: shows(door, `Bearer ${accessToken}`, userId) })
      const view = viewOf(door, answer)
      if (answer.status !== 200 || names.has(view)) throw new Error(`${door.name} answered ${answer.status} to ${name}: ${answer.body}`)
      names.set(view, name)
    }
  }
  return {
    of(door, answer) {
      if (isRefusal(answer)) return 'nobody'
      return names.get(viewOf(door, answer)) ?? `${answer.status} ${answer.body.slice(0, 200)}`
    },
  }
}

// 400 is the answer to what is no HTTP, or has a parameter that no operation takes.
function isRefusal({ status, headers, body }: WireAnswer): boolean {
  if (!headers['content-type']?.startsWith('application/problem+json')) return false
  const { code } = JSON.parse(body) as { code: string }
  return (status === 401 && code === 'unauthenticated') || (status === 400 && /^(malformed_request|validation_failed)$/.test(code))
}

// Of lists the ids alone: the rest may change.
function viewOf({ name }: Door, { status, body }: WireAnswer): string {
  if (status !== 200) return `${name}: ${status}`
  const { id, data } = JSON.parse(body) as { id?: string; data?: { id: string }[] }
  return `${name}: ${data ? data.map((record) => record.id).join() : id}`
}
