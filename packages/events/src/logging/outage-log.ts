import type { EventLogger } from './event-logger.ts'

/** Logs when something begins to fail, fails in another way, and works again; not each attempt in between. */
export interface OutageLog {
  failed(error: unknown, message: string): void
  over(message: string): void
  /** Failures in a row. */
  failures(): number
}

export function createOutageLog(logger: EventLogger, bindings: Record<string, unknown>): OutageLog {
  let failures = 0
  let last: string | undefined
  return {
    failed(error, message) {
      failures++
      if (message !== last) logger.warn({ ...bindings, err: error }, message)
      last = message
    },
    over(message) {
      if (failures > 0) logger.info({ ...bindings, failures }, message)
      failures = 0
      last = undefined
    },
    failures: () => failures,
  }
}
