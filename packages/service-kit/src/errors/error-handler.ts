import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { inputErrors } from '../http/validation.ts'
import { AppError } from './app-error.ts'
import type { ProblemCode } from './codes.ts'
import { databaseOutage, statementGivenUp } from './database-outage.ts'
import { toProblem } from './problem-details.ts'

const frameworkErrors: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than this service reads.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_body', 'The content type is application/json, but the body is empty.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_body', 'The body is not well-formed JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_body', 'The body does not have the length its header gives.'],
  FST_ERR_BAD_URL: ['validation_failed', 'The path of the request is not well-formed.'],
  FST_ERR_MAX_PARAM_LENGTH: ['validation_failed', 'A part of the path is longer than any id.'],
}

/** The one place that turns errors into problem documents. What it does not know becomes a 500 without detail. */
export const errorHandler = fp(
  async (app) => {
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request, reply) => {
      sendProblem(new AppError('not_found', `There is no ${request.method} ${request.url.split('?', 1)[0]}.`), request, reply)
    })
  },
  { name: 'error-handler' },
)

/** Answers with the problem document of whatever was thrown. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  return sendProblem(toAppError(error, request), request, reply)
}

export function sendProblem(error: AppError, request: FastifyRequest, reply: FastifyReply) {
  if (error.status >= 500) request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed')
  return reply
    .code(error.status)
    .headers(error.headers)
    .type('application/problem+json')
    .send(JSON.stringify(toProblem(error, request)))
}

function toAppError(thrown: unknown, request: FastifyRequest): AppError {
  if (thrown instanceof AppError) return thrown
  const error: Partial<FastifyError> = thrown instanceof Error ? thrown : {}
  if (error.validation) {
    const errors = inputErrors(error.validation, error.validationContext)
    return new AppError(
      'validation_failed',
      `${errors.length === 1 ? 'One place' : `${errors.length} places`} of the request must change.`,
      { errors },
    )
  }
  const known = frameworkErrors[error.code ?? '']
  if (known) return new AppError(...known)
  // With a status of 400 it is the client's connection that broke off, without one it is the database's.
  if (error.code === 'ECONNRESET' && error.statusCode === 400) return new AppError('malformed_body', 'The body broke off before its end.')
  if (thrown instanceof SyntaxError && error.statusCode === 400) return new AppError('malformed_body', 'The body is not well-formed JSON.')
  if (databaseOutage(thrown)) return unavailable('The database does not answer. Try again.', thrown)
  if (statementGivenUp(thrown)) return unavailable('The database took too long, or what is asked for is held by others. Try again.', thrown)
  return new AppError('internal_error', `Something went wrong. Quote the request id ${request.id}.`, { cause: thrown })
}

function unavailable(detail: string, cause: unknown): AppError {
  return new AppError('unavailable', detail, { cause, headers: { 'retry-after': '1' } })
}
