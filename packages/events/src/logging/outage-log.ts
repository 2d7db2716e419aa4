import type { EventLogger } from './event-logger.ts'

/** Logs when something begins to fail, fails in another way, and works again; not each attempt in between. */
export interface OutageLog {
  /** Warns of each cause once an outage, of `mostCauses` at most. Causes that differ in numbers alone are one. */
  failed(error: unknown, message: string): void
  over(message: string): void
  /** Failures in a row. */
  failures(): number
}

/** A cause that is another at each attempt must not fill the log. */
export const mostCauses = 10

export function createOutageLog(logger: EventLogger, bindings: Record<string, unknown>): OutageLog {
  let failures = 0
  const logged = new Set<string>()
  return {
    failed(error, message) {
      failures++
      const way = `${message}\n${describeCause(error)}`
      if (logged.has(way) || logged.size === mostCauses) return
      logged.add(way)
      logger.warn({ ...bindings, err: error }, message)
    },
    over(message) {
      if (failures > 0) logger.info({ ...bindings, failures }, message)
      failures = 0
      logged.clear()
    },
    failures: () => failures,
  }
}

const word = /[\w-]+/g
/** Of a message; it may hold a whole statement. */
const comparedCharacters = 500

/** Class, code and message of the innermost cause, the same for causes that differ in numbers or ids alone. */
function describeCause(error: unknown): string {
  const cause = innermostCause(error)
  if (!(cause instanceof Error)) return typeof cause
  const codes = [
    'code' in cause ? cause.code : '',
    // What kafkajs calls the code of a broker's answer.
    'type' in cause ? cause.type : '',
  ]
  // Ids, ports, offsets and durations have a digit in them.
  const text = cause.message.slice(0, comparedCharacters).replaceAll(word, (found) => (/\d/.test(found) ? '#' : found))
  return `${cause.name} ${codes.join(' ')} ${text}`
}

const deepest = 10

function innermostCause(error: unknown): unknown {
  let cause = error
  for (let depth = 0; depth < deepest && cause instanceof Error; depth++) {
    const inner = cause.cause ?? ('errors' in cause && Array.isArray(cause.errors) ? cause.errors[0] : undefined)
    if (inner === undefined) break
    cause = inner
  }
  return cause
}
