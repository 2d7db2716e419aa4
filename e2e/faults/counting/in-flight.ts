import { saysComeAgain } from '../../come-again.ts'
import type { Load } from '../load/load.ts'
import type { Attempt } from '../load/writes.ts'

/** What became of requests while a process was told to stop now and then. */
export interface InFlightFaults {
  /** Requests that failed although the process had them: see findInFlightFaults. */
  failed: string[]
  /** Attempts that were in flight at a SIGTERM. */
  inFlight: number
  /** Attempts that nobody accepted, or whose kept connection was closed before they were read: their clients sent them again. */
  refused: number
  /** Attempts answered by 503 with Retry-After that were not in flight, or were but may be so answered. */
  askedToComeAgain: number
}

export interface StopOptions {
  /** performance.now() just before each SIGTERM. */
  stops: readonly number[]
  /** Whether a request in flight may be answered so: when it is another process that stops, on which the one asked depends. */
  mayAskToComeAgain?(attempt: Attempt): boolean
}

/**
 * A request is in flight when it had left before a SIGTERM and was not answered yet. It failed when it got no whole answer or one that
 * is not 2xx. A request that left later failed when it was answered by an error other than 503 with Retry-After, or hung, or got no
 * answer though a later attempt shows that it was carried out. One that met a closing connection and had no effect only came too late.
 */
export function findInFlightFaults(loads: readonly Load[], { stops, mayAskToComeAgain = () => false }: StopOptions): InFlightFaults {
  const failed: string[] = []
  let [inFlight, refused, askedToComeAgain] = [0, 0, 0]
  for (const { attempts } of loads.flatMap(({ writes }) => writes)) {
    for (const [n, attempt] of attempts.entries()) {
      const { outcome, code, sentAt = Number.POSITIVE_INFINITY, endedAt } = attempt
      const wasInFlight = stops.some((stop) => sentAt < stop && stop < endedAt)
      if (wasInFlight) inFlight++
      const wasCarriedOut = attempts.slice(n + 1).some(({ replayed }) => replayed)
      if (outcome === 'refused' || (outcome === 'lost' && !wasInFlight && !wasCarriedOut)) refused++
      else if (saysComeAgain(attempt) && (!wasInFlight || mayAskToComeAgain(attempt))) askedToComeAgain++
      else if (typeof outcome === 'string' || outcome >= 300) failed.push(describe(outcome, wasInFlight, code))
    }
  }
  return { failed, inFlight, refused, askedToComeAgain }
}

function describe(outcome: Attempt['outcome'], wasInFlight: boolean, code = ''): string {
  const when = wasInFlight ? 'in flight' : 'later'
  return typeof outcome === 'string' ? `${when}: ${outcome}` : `${when}: answered ${outcome} ${code}`
}
