import { isIPv4 } from 'node:net'
import { ConfigError } from './config-error.ts'

export interface AuthModeSettings {
  AUTH_MODE: 'header' | 'token'
  HOST: string
  NODE_ENV: string
}

/**
 * Throws a ConfigError unless the process may run so. In header mode whoever reaches the port is believed, so that port
 * must be unreachable from elsewhere: loopback only, and never in production.
 */
export function assertAuthModeAllowed({ AUTH_MODE, HOST, NODE_ENV }: AuthModeSettings): void {
  if (AUTH_MODE === 'token') {
    throw new ConfigError(['AUTH_MODE=token comes with a later release: AUTH_MODE=header serves development on loopback'])
  }
  const problems: string[] = []
  if (NODE_ENV === 'production') problems.push('AUTH_MODE=header is refused with NODE_ENV=production: it believes any x-user-id')
  if (!isLoopback(HOST)) {
    problems.push(`AUTH_MODE=header is refused on HOST=${HOST}: it believes any x-user-id, so it listens on loopback only (127.0.0.1, ::1)`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
}

function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith('127.')) || host === '::1' || host.toLowerCase() === 'localhost'
}
