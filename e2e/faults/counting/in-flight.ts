import type { Load } from '../load/load.ts'
import type { Attempt } from '../load/writes.ts'

/** What became of requests to a process that was told to stop now and then. */
export interface InFlightFaults {
  /** Requests that failed although the process had them: see findInFlightFaults. */
  failed: string[]
  /** Attempts that nobody accepted, or whose kept connection was closed before they were read: their clients came again. */
  cameAgain: number
}

export interface StopOptions {
  /** performance.now() just before each SIGTERM. */
  stops: readonly number[]
  /** Answers that are no failure besides those with 2xx. */
  isClean?(attempt: Attempt): boolean
}

/**
 * A request counts as failed in flight when it had left before a SIGTERM and no whole answer came; when it left after the SIGTERM and no
 * whole answer came, but a later attempt shows that it was carried out; and when it was answered by anything but 2xx or a clean refusal.
 * What left after the SIGTERM, on a connection that the process was closing, and had no effect, came too late: the client sends it again.
 */
export function findInFlightFaults(loads: readonly Load[], { stops, isClean = () => false }: StopOptions): InFlightFaults {
  const failed: string[] = []
  let cameAgain = 0
  for (const { attempts } of loads.flatMap(({ writes }) => writes)) {
    attempts.forEach((attempt, n) => {
      const { outcome, sentAt = Number.POSITIVE_INFINITY, endedAt } = attempt
      const wasCarriedOut = attempts.slice(n + 1).some(({ replayed }) => replayed)
      const wasInFlight = stops.some((stop) => sentAt < stop && stop < endedAt)
      if (outcome === 'refused' || (outcome === 'lost' && !wasInFlight && !wasCarriedOut)) cameAgain++
      else if (outcome === 'lost') failed.push(wasInFlight ? 'in flight, not answered' : 'carried out, not answered')
      else if (outcome === 'hanging') failed.push('hanging')
      else if (outcome >= 300 && !isClean(attempt)) failed.push(`answered ${outcome} ${attempt.code}`)
    })
  }
  return { failed, cameAgain }
}
