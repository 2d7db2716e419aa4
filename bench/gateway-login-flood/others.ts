import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Login } from '../gateway-system/log-in.ts'
import { nextLeadBody } from '../load/lead-load.ts'

export const actions = ['login', 'read', 'create'] as const
export type Action = (typeof actions)[number]

export interface WorkDone {
  /** Milliseconds of each call that succeeded, by what it did. */
  times: Record<Action, number[]>
  /** Calls that were refused, such as for a service that did not answer. */
  refused: number
}

export interface Other extends Login {
  /** Where the load balancer says they are. */
  address: string
}

/** A login, and then so many rounds of a read and a creation, with some rest (milliseconds) after each call. */
const workday = { rounds: 8, restMs: 15 }

/** Lets users log in and work at the gateway, each one call at a time, until the signal. */
export async function workUntil(url: string, others: readonly Other[], signal: AbortSignal): Promise<WorkDone> {
  const done: WorkDone = { times: { login: [], read: [], create: [] }, refused: 0 }
  const dispatcher = new Agent({ pipelining: 1 })
  await Promise.all(others.map((other) => work({ url, other, done, dispatcher, signal })))
  await dispatcher.close()
  return done
}

interface Work {
  url: string
  other: Other
  done: WorkDone
  dispatcher: Agent
  signal: AbortSignal
}

async function work({ url, other: { address, email, password }, done, dispatcher, signal }: Work): Promise<void> {
  const call = async (action: Action, { method, path, headers, body }: Call): Promise<string | undefined> => {
    const begun = performance.now()
    const answer = await request(url + path, {
      method,
      dispatcher,
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...headers },
      body: body ?? null,
    })
    const text = await answer.body.text()
    const isRefused = answer.statusCode >= 300
    if (isRefused) done.refused++
    else done.times[action].push(performance.now() - begun)
    await delay(workday.restMs)
    return isRefused ? undefined : text
  }
  while (!signal.aborted) {
    const login = await call('login', { method: 'POST', path: '/v1/auth/login', body: JSON.stringify({ email, password }) })
    if (login === undefined) continue
    const headers = { authorization: `Bearer ${(JSON.parse(login) as { accessToken: string }).accessToken}` }
    for (let round = 0; round < workday.rounds && !signal.aborted; round++) {
      await call('read', { method: 'GET', path: '/v1/leads?limit=10', headers })
      await call('create', { method: 'POST', path: '/v1/leads', headers, body: nextLeadBody() })
    }
  }
}

interface Call {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}
