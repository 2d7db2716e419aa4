import { join } from 'node:path'
import type { Failpoint } from '../../packages/events/src/failpoints/failpoint.ts'

export interface Arming {
  failpoint: Failpoint
  /** At which pass of it the process gets the signal; the first is 1. */
  pass: number
  /** SIGKILL unless given. */
  signal?: 'SIGKILL' | 'SIGSTOP'
}

/** The module that does it to a process; see arm.ts. */
export const armModule = join(import.meta.dirname, 'arm.ts')

/** What arm.ts reads. */
export function armEnvironment({ failpoint, pass, signal = 'SIGKILL' }: Arming): Record<string, string> {
  return { FAILPOINT: failpoint, FAILPOINT_AFTER: String(pass), FAILPOINT_SIGNAL: signal }
}

/** What arm.ts reads to give the consumers of a process shorter sessions. */
export function sessionEnvironment(sessionTimeoutMs: number): Record<string, string> {
  return { SESSION_TIMEOUT_MS: String(sessionTimeoutMs) }
}
