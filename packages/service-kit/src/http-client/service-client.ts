import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel'
import type { Logger } from 'pino'
import { Pool } from 'undici'
import { AppError } from '../errors/app-error.ts'
import { startDeadline } from './deadline.ts'
import { DependencyFailure } from './dependency-failure.ts'
import { exchange, type ServiceRequest, type ServiceResponse } from './exchange.ts'

export interface ServiceClientOptions {
  /** The service called, for messages. */
  name: string
  baseUrl: string
  /** From the call to the end of the answer, in milliseconds: connecting, waiting and a second attempt included. */
  deadlineMs?: number
  logger: Logger
}

export interface ServiceClient {
  /**
   * Resolves with any answer, 4xx included. Rejects with AppError `dependency_unavailable` (503, Retry-After 1) by the
   * deadline when there is none: no connection, too late, 5xx but 501, more than 16 MiB, or an open circuit.
   */
  request(request: ServiceRequest): Promise<ServiceResponse>
  /** Waits for running calls, then closes the connections; nothing outlasts the deadline. */
  close(): Promise<void>
}

const openAfterFailures = 5
const openForMs = 1000
// The access of an administrator names every company below: 16 MiB hold some 400,000.
const maxResponseBytes = 16 * 1024 * 1024

/** A client for one service: its own kept-alive connections, and a circuit that opens for 1 s after 5 failures in a row, then lets one call probe. */
export function createServiceClient({ name, baseUrl, deadlineMs = 800, logger }: ServiceClientOptions): ServiceClient {
  const { origin, pathname } = new URL(baseUrl)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    connections: 64,
    maxResponseSize: maxResponseBytes,
    connect: { timeout: deadlineMs },
    // The deadline of the whole call covers both, to the millisecond.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const circuit = createCircuit(name, logger)

  async function request(asked: ServiceRequest): Promise<ServiceResponse> {
    const deadline = new AbortController()
    const callOff = startDeadline(deadlineMs, () => deadline.abort(new DependencyFailure(`no whole answer within ${deadlineMs} ms`)))
    const { signal } = deadline
    const call = circuit.execute(() => unlessAborted(exchange(pool, { ...asked, path: prefix + asked.path }, signal), signal), signal)
    try {
      return await unlessAborted(call.finally(callOff), signal)
    } catch (error) {
      throw unavailable(error, asked)
    }
  }

  function unavailable(error: unknown, { method, path }: ServiceRequest): unknown {
    if (!(error instanceof DependencyFailure || error instanceof BrokenCircuitError)) return error
    if (error instanceof DependencyFailure) logger.warn({ dependency: name, method, path, reason: error.message }, `${name} gave no answer`)
    return new AppError('dependency_unavailable', `${name} does not answer at the moment`, {
      headers: { 'Retry-After': '1' },
      cause: error,
    })
  }

  async function close(): Promise<void> {
    const overdue = setTimeout(() => void pool.destroy(), deadlineMs)
    await pool.close().finally(() => clearTimeout(overdue))
  }

  return { request, close }
}

function createCircuit(name: string, logger: Logger) {
  const circuit = circuitBreaker(
    handleType(DependencyFailure, (failure) => !failure.isOfOneQuestion),
    {
      halfOpenAfter: openForMs,
      breaker: new ConsecutiveBreaker(openAfterFailures),
    },
  )
  circuit.onStateChange((state) => {
    if (state === CircuitState.Open) logger.warn({ dependency: name }, `${name} is not asked for ${openForMs} ms: the circuit is open`)
    if (state === CircuitState.Closed) logger.info({ dependency: name }, `${name} answers again: the circuit is closed`)
  })
  return circuit
}

// undici keeps a request that waits for its connection until connecting ends, so an aborted call must not wait for it.
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
