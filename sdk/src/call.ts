import { attempt, nameOf, type PreparedRequest } from './attempt.ts'
import { type ClientConfig, checkedLimits } from './client-options.ts'
import { etagOf, sendResolvingConflicts } from './conflict.ts'
import type { WithResponse } from './crm-promise.ts'
import { pause, withDeadline } from './deadline.ts'
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
  const isRepeatable = request.operation.method === 'GET' || request.operation.keyed === true
  for (let retries = 0; ; retries++) {
    try {
      return await withDeadline(deadline, async (signal) => attempt<T>(await authorize(config, request), config.fetch, signal))
    } catch (error) {
      const delay = retryDelayMs({ error, retries, isRepeatable }, limits)
      // What is known now says more than a timeout later.
      if (delay === undefined || performance.now() + delay >= endsAt) throw error
      await pause(delay, signal)
    }
  }
}

async function authorize({ accessToken }: ClientConfig, request: PreparedRequest): Promise<PreparedRequest> {
  if (accessToken === undefined || request.operation.open) return request
  const token = typeof accessToken === 'string' ? accessToken : await accessToken()
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }
}
