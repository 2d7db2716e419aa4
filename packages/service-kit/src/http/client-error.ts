import type { Socket } from 'node:net'
import { AppError } from '../errors/app-error.ts'
import type { ProblemCode } from '../errors/codes.ts'
import { toProblem } from '../errors/problem-details.ts'
import { requestIdFrom } from '../logging/request-id.ts'

const codes: Record<string, [ProblemCode, string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are larger than this service reads.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
}

// Time to read the answer: closed at once, a socket with unread input is reset, and the answer with it.
const lingerMs = 1000

/** Answers what never became a request, straight on the socket, with a problem as any other error. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [code, detail] = codes[error.code ?? ''] ?? ['malformed_request', 'What arrived is not an HTTP request.']
  const requestId = requestIdFrom(undefined)
  const problem = toProblem(new AppError(code, detail), { url: '/', id: requestId })
  const body = JSON.stringify(problem)
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  // A client that never closes its side would hold up the close of the server.
  setTimeout(() => socket.destroy(), lingerMs).unref()
}
