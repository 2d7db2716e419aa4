import { isIPv4 } from 'node:net'

export interface AuthModeSettings {
  AUTH_MODE: 'header' | 'token'
  HOST: string
  NODE_ENV: string
}

/**
 * Why the process may not run so, one line each; empty when it may. In header mode whoever reaches the port is believed, so
 * that port must be unreachable from elsewhere: loopback only, and never in production.
 */
export function authModeProblems({ AUTH_MODE, HOST, NODE_ENV }: Partial<AuthModeSettings>): string[] {
  if (AUTH_MODE !== 'header') return []
  const problems: string[] = []
  if (NODE_ENV === 'production') problems.push('AUTH_MODE=header is refused with NODE_ENV=production: it believes any x-user-id')
  if (HOST !== undefined && !isLoopback(HOST)) {
    problems.push(`AUTH_MODE=header is refused on HOST=${HOST}: it believes any x-user-id, so it listens on loopback only (127.0.0.1, ::1)`)
  }
  return problems
}

/** Whether a host to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith('127.')) || host === '::1' || host.toLowerCase() === 'localhost'
}
