import type { TokenSource } from './access-token.ts'
import { attempt, nameOf, type PreparedRequest } from './attempt.ts'
import { checkedLimits } from './checked-limits.ts'
import type { ClientConfig } from './client-options.ts'
import { etagOf, resolutionOf, sendResolvingConflicts } from './conflict.ts'
import type { WithResponse } from './crm-promise.ts'
import { pause, withDeadline } from './deadline.ts'
import { CrmAuthenticationError, CrmError, type CrmErrorDetails, errorOfCall } from './errors.ts'
import { mergeHeaders, readHeaders } from './headers.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { copyOf } from './input.ts'
import type { Input, Operation } from './operation.ts'
import type { ConflictResolution, IdempotencyOptions, RecordVersion, RequestOptions } from './request-options.ts'
import { isInProgress, isLimited, retryDelayMs } from './retry.ts'

const idempotentMethods = new Set(['GET', 'PUT', 'DELETE'])

type Limits = Pick<ClientConfig, 'timeoutMs' | 'attemptTimeoutMs' | 'maxRetries' | 'maxRetryAfterMs'>

/** What the attempts of a call go by. */
interface Sender {
  fetch: ClientConfig['fetch']
  /** Undefined for a caller by user id alone. */
  tokens: TokenSource | undefined
}

/** How far a call is. */
interface Progress {
  /** How its last attempt ended that may have been done, or else its last. */
  failure: CrmError | undefined
  mayBeDone: boolean
  idempotencyKey: string | undefined
}

interface Options<Current> extends RequestOptions, IdempotencyOptions {
  ifMatch?: RecordVersion | undefined
  onConflict?: ConflictResolution<Current, unknown> | undefined
}

/** A call of an operation whose success is `T`, and which changes a record that reads as `Current`. */
interface Call<T, Current> {
  operation: Operation
  input: Input
  options?: Options<Current> | undefined
  /** Of the list that it is a page of; by default the call has its own. */
  tokens?: TokenSource | undefined
  isDocumented: (body: unknown) => body is T
  isRecord: (body: unknown) => body is Current
}

/** One call of an operation: under its deadline, with as many attempts as are safe and allowed. */
export async function callOperation<T, Current>(config: ClientConfig, call: Call<T, Current>): Promise<WithResponse<T>> {
  const { operation, options = {}, isRecord } = call
  const limits = limitsOf(config, options)
  const { timeoutMs } = limits
  const prepared = prepare(config, call)
  const progress: Progress = { failure: undefined, mayBeDone: false, idempotencyKey: prepared.idempotencyKey }
  const message = `${nameOf(operation)}: no response within ${timeoutMs} ms`
  const sender: Sender = { fetch: config.fetch, tokens: call.tokens ?? config.tokensOfCall?.() }
  const deadline = { signal: options.signal, timeoutMs, message, details: () => detailsOf(progress) }
  const endsAt = performance.now() + timeoutMs
  return await withDeadline(deadline, (signal) =>
    sendResolvingConflicts(prepared, resolutionOf(options, operation.recordPath, isRecord), (request) =>
      sendWithRetries(sender, request, { ...limits, endsAt, signal, progress }),
    ),
  )
}

function detailsOf({ failure, idempotencyKey }: Progress): CrmErrorDetails {
  return { previousFailure: failure, idempotencyKey }
}

function limitsOf(config: ClientConfig, options: RequestOptions): Limits {
  const { timeoutMs = config.timeoutMs, attemptTimeoutMs = config.attemptTimeoutMs, maxRetries = config.maxRetries } = options
  return checkedLimits({ timeoutMs, attemptTimeoutMs, maxRetries, maxRetryAfterMs: config.maxRetryAfterMs })
}

function prepare<T, Current>(config: ClientConfig, call: Call<T, Current>): PreparedRequest<T> {
  const { operation, input, options = {}, isDocumented } = call
  // One key for all attempts: whichever gets through is the one that counts.
  const idempotencyKey = operation.takesIdempotencyKey ? idempotencyKeyOf(options.idempotencyKey) : undefined
  const headers = mergeHeaders(config.headers, readHeaders(options.headers), {
    accept: 'application/json, application/problem+json',
    'x-request-id': options.requestId,
    'idempotency-key': idempotencyKey,
    'if-match': etagOf(options.ifMatch),
    'x-user-id': operation.isPublic ? undefined : config.userId,
  })
  const body = JSON.stringify(input.body)
  return { operation, address: config.addressOf(operation.service), ...copyOf(input), body, headers, idempotencyKey, isDocumented }
}

async function sendWithRetries<T>(
  sender: Sender,
  request: PreparedRequest<T>,
  limits: Limits & { endsAt: number; signal: AbortSignal; progress: Progress },
): Promise<WithResponse<T>> {
  const { attemptTimeoutMs: timeoutMs, endsAt, signal, progress } = limits
  const message = `${nameOf(request.operation)}: an attempt had no response within ${timeoutMs} ms`
  const deadline = { signal, timeoutMs, message, details: () => detailsOf(progress) }
  for (let retries = 0; ; ) {
    const sending: Sending = { mayBeDone: false }
    try {
      return await withDeadline(deadline, (signal) => attemptWithToken(sender, request, signal, sending))
    } catch (error) {
      const isRepeatable = !sending.mayBeDone || mayBeRepeated(request.operation)
      const delay = retryDelayMs({ error, retries, isRepeatable }, limits)
      // What is known now says more than a timeout later.
      if (delay === undefined || performance.now() + delay >= endsAt) throw errorOfCall(error, detailsOf(progress))
      remember(error, sending, progress)
      if (!isInProgress(error)) retries++
      await pause(delay, signal)
    }
  }
}

function remember(error: unknown, sending: Sending, progress: Progress): void {
  const mayBeDone = sending.mayBeDone && !isLimited(error)
  if (error instanceof CrmError && (mayBeDone || !progress.mayBeDone)) progress.failure = error
  progress.mayBeDone ||= mayBeDone
}

// GET, PUT and DELETE are idempotent by RFC 9110, unless the document says otherwise of one, such as of a change of password.
function mayBeRepeated({ method, takesIdempotencyKey, isSafe, isIdempotent = idempotentMethods.has(method) }: Operation): boolean {
  return isIdempotent || takesIdempotencyKey === true || isSafe === true
}

/** How far an attempt is. */
interface Sending {
  /** Until then anything may be sent again, such as when no token could be had. */
  mayBeDone: boolean
}

/** One attempt, with another token when the client has one in place of that which was refused: what is refused by 401 is not done. */
async function attemptWithToken<T>(
  { tokens, fetch }: Sender,
  request: PreparedRequest<T>,
  signal: AbortSignal,
  sending: Sending,
): Promise<WithResponse<T>> {
  const send = (authorization?: string) => {
    // The token may come when nobody waits for it any more.
    signal.throwIfAborted()
    sending.mayBeDone = true
    return attempt({ ...request, headers: mergeHeaders(request.headers, new Headers(), { authorization }) }, fetch, signal)
  }
  if (tokens === undefined || request.operation.isPublic) return await send()
  const token = await tokens.accessToken()
  try {
    return await send(`Bearer ${token}`)
  } catch (error) {
    if (tokens.replace === undefined || !isRefusedToken(error)) throw error
    sending.mayBeDone = false
    const other = await tokens.replace(token)
    if (other === token) throw error
    return await send(`Bearer ${other}`)
  }
}

// A wrong password in the body is refused by 401, too: that another token does not help.
function isRefusedToken(error: unknown): boolean {
  return error instanceof CrmAuthenticationError && error.code !== 'invalid_credentials'
}
