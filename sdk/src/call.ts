import { attempt, nameOf, type PreparedRequest } from './attempt.ts'
import { type ClientConfig, checkedLimits } from './client-options.ts'
import { etagOf, sendResolvingConflicts } from './conflict.ts'
import type { WithResponse } from './crm-promise.ts'
import { pause, withDeadline } from './deadline.ts'
import { CrmAuthenticationError } from './errors.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import type { Input, Operation } from './operation.ts'
import type { CallOptions } from './request-options.ts'
import { retryDelayMs } from './retry.ts'

type Limits = Pick<ClientConfig, 'timeoutMs' | 'attemptTimeoutMs' | 'maxRetries' | 'maxRetryAfterMs'>

/** One call of an operation: under its deadline, with as many attempts as are safe and allowed. */
export async function callOperation<T>(
  config: ClientConfig,
  operation: Operation,
  input: Input,
  options: CallOptions = {},
): Promise<WithResponse<T>> {
  const limits = limitsOf(config, options)
  const { timeoutMs } = limits
  const deadline = { signal: options.signal, timeoutMs, message: `${nameOf(operation)}: no answer within ${timeoutMs} ms` }
  const endsAt = performance.now() + timeoutMs
  return await withDeadline(deadline, (signal) =>
    sendResolvingConflicts<T>(prepare(config, operation, input, options), options.onConflict, (request) =>
      sendWithRetries(config, request, { ...limits, endsAt, signal }),
    ),
  )
}

function limitsOf(config: ClientConfig, options: CallOptions): Limits {
  const { timeoutMs = config.timeoutMs, attemptTimeoutMs = config.attemptTimeoutMs, maxRetries = config.maxRetries } = options
  return checkedLimits({ timeoutMs, attemptTimeoutMs, maxRetries, maxRetryAfterMs: config.maxRetryAfterMs })
}

function prepare(config: ClientConfig, operation: Operation, input: Input, options: CallOptions): PreparedRequest {
  return {
    operation,
    address: config.addressOf(operation.service),
    input,
    headers: {
      ...config.headers,
      ...options.headers,
      accept: 'application/json, application/problem+json',
      'x-request-id': options.requestId,
      // One key for the whole call: whichever attempt gets through is the one that counts.
      'idempotency-key': operation.keyed ? idempotencyKeyOf(options.idempotencyKey) : undefined,
      'if-match': etagOf(options.ifMatch),
      'x-user-id': operation.open ? undefined : config.userId,
    },
  }
}

async function sendWithRetries<T>(
  config: ClientConfig,
  request: PreparedRequest,
  limits: Limits & { endsAt: number; signal: AbortSignal },
): Promise<WithResponse<T>> {
  const { attemptTimeoutMs: timeoutMs, endsAt, signal } = limits
  const deadline = { signal, timeoutMs, message: `${nameOf(request.operation)}: an attempt had no answer within ${timeoutMs} ms` }
  for (let retries = 0; ; retries++) {
    // Until it is sent, anything may be tried again.
    let isRepeatable = true
    try {
      return await withDeadline(deadline, async (signal) => {
        const authorized = await authorize(config, request)
        isRepeatable = request.operation.method === 'GET' || request.operation.keyed === true
        return attemptInSession<T>(config, authorized, signal)
      })
    } catch (error) {
      const delay = retryDelayMs({ error, retries, isRepeatable }, limits)
      // What is known now says more than a timeout later.
      if (delay === undefined || performance.now() + delay >= endsAt) throw error
      await pause(delay, signal)
    }
  }
}

/** One attempt, with another token when the session's was refused: what answers 401 has done nothing, so it is sent again whatever it is. */
async function attemptInSession<T>(
  { session, fetch }: ClientConfig,
  request: AuthorizedRequest,
  signal: AbortSignal,
): Promise<WithResponse<T>> {
  try {
    return await attempt<T>(request, fetch, signal)
  } catch (error) {
    const { token } = request
    if (session === undefined || token === undefined || !(error instanceof CrmAuthenticationError)) throw error
    return attempt<T>(withToken(request, await session.replace(token)), fetch, signal)
  }
}

interface AuthorizedRequest extends PreparedRequest {
  /** The access token it shows. */
  token?: string
}

async function authorize({ accessToken, session }: ClientConfig, request: PreparedRequest): Promise<AuthorizedRequest> {
  if (request.operation.open) return request
  if (session !== undefined) return withToken(request, await session.accessToken())
  if (accessToken === undefined) return request
  return withToken(request, typeof accessToken === 'string' ? accessToken : await accessToken())
}

function withToken(request: PreparedRequest, token: string): AuthorizedRequest {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` }, token }
}
