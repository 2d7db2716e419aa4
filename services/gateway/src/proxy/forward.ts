import { answerError } from '@crm/service-kit/errors/error-handler.ts'
import type { FastifyHttpProxyOptions } from '@fastify/http-proxy'
import type { Counter } from 'prom-client'
import { clientHeaders, upstreamHeaders } from './headers.ts'
import type { SendAnswer } from './send-answer.ts'
import { isConnectionLost, upstreamFailure } from './upstream-failure.ts'

type Handler = NonNullable<FastifyHttpProxyOptions['handler']>
type ReplyOptions = NonNullable<FastifyHttpProxyOptions['replyOptions']>

export interface ForwardOptions {
  /** Who answers, in problems and figures. */
  service: string
  /** By service and problem code. */
  failures: Counter
  sendAnswer: SendAnswer
}

/** Passes a request on with its body as it came, and the answer back: an event stream part by part, no answer as a problem. */
export function forward({ service, failures, sendAnswer }: ForwardOptions): Handler {
  return (request, reply, path, options) => {
    const body = Buffer.isBuffer(request.body) ? request.body : undefined
    const answerFailure = (error: Error) => {
      const problem = upstreamFailure(service, error)
      failures.inc({ service, code: problem.code })
      answerError(problem, request, reply)
    }
    return reply.from(path, {
      ...options,
      ...(body !== undefined && { body, contentType: request.headers['content-type'] ?? 'application/octet-stream' }),
      rewriteRequestHeaders: (_request, headers) => upstreamHeaders(request, headers),
      retryDelay,
      onResponse: (_request, _reply, { stream }) => sendAnswer(reply, stream, answerFailure),
      onError: (_reply, { error }) => answerFailure(error),
    })
  }
}

/**
 * A read that met a connection which was just ending is sent once more, at once; nothing else is ever sent twice. The plugin's own rule
 * would send a GET that is answered 503 up to 11 times.
 */
const retryDelay: NonNullable<ReplyOptions['retryDelay']> = ({ err, req, attempt }) => {
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  return isRead && attempt === 0 && isConnectionLost(err) ? 1 : null
}

/** How the headers of every answer are rewritten. */
export const replyOptions: ReplyOptions = { rewriteHeaders: (headers) => clientHeaders(headers) }
