import { until } from '@crm/testing/poll.ts'
import type { Test } from 'tap'
import { json, problem, type ScriptedServer, type Step, startScriptedServer } from './scripted-server.ts'

export const own = { email: 'user.west@crm.com', password: 'west123' }
export const user = { id: '01980000-0000-7000-8000-00000000a004' }

/** The nth answer to a login or refresh. */
export const tokens = (nth: number, { expiresIn = 900, refreshToken = `refresh-${nth}` as string | null } = {}) =>
  json(200, { accessToken: `access-${nth}`, refreshToken, expiresIn, user })

export const unauthenticated = problem(401, 'unauthenticated')
export const refused = problem(401, 'invalid_credentials')

interface Api {
  login?: Step[]
  refresh?: Step[]
  logout?: Step[]
  /** Any other operation. */
  others?: Step[]
}

/** A server that answers each operation by steps of its own, the last of them from then on. */
export async function startApi(
  t: Test,
  { login = [], refresh = [], logout = [], others = [json(200, user)] }: Api,
): Promise<ScriptedServer> {
  const steps: Record<string, Step[]> = { '/v1/auth/login': login, '/v1/auth/refresh': refresh, '/v1/auth/logout': logout }
  const counts: Record<string, number> = {}
  return startScriptedServer(t, (response, request) => {
    const key = request.path in steps ? request.path : 'others'
    const own = steps[key] ?? others
    const nth = (counts[key] ?? 0) + 1
    counts[key] = nth
    return (own[Math.min(nth, own.length) - 1] ?? problem(500, 'internal_error'))(response, request)
  })
}

/** What it was sent: each operation, with the token it came with or else its body. */
export function sent({ requests }: ScriptedServer): [operation: string, shown: unknown][] {
  return requests.map(({ method, path, headers, body }) => [
    `${method} ${path}`,
    headers.authorization ?? (body === '' ? '' : JSON.parse(body)),
  ])
}

export function sentOperations(server: ScriptedServer): string[] {
  return sent(server).map(([operation]) => operation)
}

/** Resolves once the server has been sent the operation so many times. */
export async function isAsked(server: ScriptedServer, operation: string, times = 1): Promise<void> {
  const count = () => sentOperations(server).filter((one) => one === operation).length
  await until(() => count() >= times, { timeoutMs: 10_000, what: operation })
}
