import { AppError } from '@crm/service-kit/errors/app-error.ts'

/** A service took longer to answer than it may. */
export class AnswerTimeout extends Error {
  constructor(afterMs: number) {
    super(`no answer within ${afterMs} ms`)
    this.name = 'AnswerTimeout'
  }
}

const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
// What undici refuses to send is a defect of ours, or a request that no service could read.
const unsendable = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

/** Whether the connection ended before an answer came, as a kept-alive one does when its service stops. */
export function isConnectionLost(error: unknown): boolean {
  return lostConnection.has(codeOf(error))
}

/** The problem for a request that a service did not answer. `error` is what the proxy made of it, its cause what happened. */
export function upstreamFailure(service: string, error: Error): AppError {
  const cause = error.cause ?? error
  if (unsendable.has(codeOf(cause))) return new AppError('internal_error', 'The request could not be passed on.', { cause })
  if (cause instanceof AnswerTimeout) {
    const detail = `${service} did not answer in time. What was asked may have been done; a write with an Idempotency-Key can be sent again.`
    return new AppError('dependency_timeout', detail, { cause })
  }
  return new AppError('dependency_unavailable', `${service} does not answer at the moment.`, { cause, headers: { 'retry-after': '1' } })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
