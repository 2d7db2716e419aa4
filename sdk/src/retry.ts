import { CrmAccessTokenError, CrmApiError, CrmConnectionError, CrmTimeoutError } from './errors.ts'

const firstDelayMs = 300
const longestDelayMs = 5_000

// 408: the request did not arrive. 502 and 504: a connection was lost between the servers.
const transientStatuses = new Set([408, 429, 502, 503, 504])

interface RetryPolicy {
  maxRetries: number
  /** A server that asks for a longer wait is not asked again, in milliseconds. */
  maxRetryAfterMs: number
}

interface Failure {
  error: unknown
  /** Times it was sent again, but for waiting for a first request that is still running. */
  retries: number
  /** Whether sending the request twice has the effect of sending it once. */
  isRepeatable: boolean
}

/**
 * How long to wait before the next try, in milliseconds, or undefined when there should be none. Exponential with jitter; the server's
 * Retry-After is a lower bound.
 */
export function retryDelayMs({ error, retries, isRepeatable }: Failure, policy: RetryPolicy, random = Math.random): number | undefined {
  const { maxRetries } = policy
  const reason = reasonOf(error)
  if (maxRetries === 0 || (retries >= maxRetries && !isInProgress(error)) || !isTransient(reason)) return undefined
  if (!isRepeatable && !isLimited(error)) return undefined
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** retries)
  const backoff = ceiling / 2 + (random() * ceiling) / 2
  const asked = reason instanceof CrmApiError ? reason.response.retryAfterMs : undefined
  if (asked === undefined) return backoff
  // Everybody was told the same moment: come a little later than the others.
  return asked > policy.maxRetryAfterMs ? undefined : asked + backoff / 2
}

// A token may be had by a call of this very client or of another one: what may pass there may pass here.
function reasonOf(error: unknown): unknown {
  return error instanceof CrmAccessTokenError ? error.cause : error
}

/** Whether it is refused by 429: nothing is done then. */
export function isLimited(error: unknown): boolean {
  return error instanceof CrmApiError && error.status === 429
}

function isTransient(error: unknown): boolean {
  if (error instanceof CrmConnectionError || error instanceof CrmTimeoutError) return true
  return error instanceof CrmApiError && (transientStatuses.has(error.status) || isInProgress(error))
}

/** Whether the first request with this key is still running: its result is what a later one gets, if only it waits long enough. */
export function isInProgress(error: unknown): boolean {
  return error instanceof CrmApiError && error.code === 'idempotency_in_progress'
}
