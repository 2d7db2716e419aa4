import type { Dispatcher, Pool } from 'undici'
import { DependencyFailure } from './dependency-failure.ts'

export interface ServiceRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, below the client's base URL. */
  path: string
  /** Such as x-request-id, traceparent and what the caller showed; undefined ones are left out. */
  headers?: Record<string, string | undefined>
  /** Sent as JSON. */
  body?: unknown
  /** The request changes nothing, so that it may be sent twice; GET always may. */
  isSafe?: boolean
}

export interface ServiceResponse {
  status: number
  /** Parsed when the answer is JSON, text when it is something else, undefined when there is none. */
  body: unknown
  headers: Dispatcher.ResponseData['headers']
}

const lostConnection = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/**
 * One request and its whole answer. Sent once more when it is safe and the connection ended before the answer did, as a
 * kept-alive connection does when the server closes it at that moment. Throws DependencyFailure for whatever is no answer.
 */
export async function exchange(pool: Pool, request: ServiceRequest, signal: AbortSignal): Promise<ServiceResponse> {
  try {
    return await exchangeOnce(pool, request, signal)
  } catch (error) {
    const isSafe = request.method === 'GET' || request.isSafe === true
    const mayRepeat = isSafe && error instanceof DependencyFailure && error.isConnectionLost && !signal.aborted
    if (!mayRepeat) throw error
    return await exchangeOnce(pool, request, signal)
  }
}

async function exchangeOnce(pool: Pool, { method, path, headers, body }: ServiceRequest, signal: AbortSignal): Promise<ServiceResponse> {
  try {
    const response = await pool.request({
      method,
      path,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...withoutUndefined(headers),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    })
    const text = await response.body.text()
    // 501 means that the route does not exist yet: an answer about the question, not a sign of bad health.
    if (response.statusCode >= 500 && response.statusCode !== 501) {
      throw new DependencyFailure(`it answered ${response.statusCode}`, { isOfOneQuestion: response.statusCode === 500 })
    }
    return { status: response.statusCode, body: parseBody(text, response.headers['content-type']), headers: response.headers }
  } catch (error) {
    throw signal.aborted ? signal.reason : asFailure(error)
  }
}

function withoutUndefined(headers: ServiceRequest['headers'] = {}): Record<string, string> {
  const present: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) present[name] = value
  return present
}

function parseBody(text: string, contentType: string | string[] | undefined): unknown {
  if (text === '') return undefined
  if (!/^application\/([\w.-]+\+)?json\b/i.test(String(contentType ?? ''))) return text
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DependencyFailure('its answer is not the JSON it says it is', { cause })
  }
}

// A request that could not be put together is a defect of ours: it stays what it is and does not count against the dependency.
function asFailure(error: unknown): unknown {
  if (error instanceof DependencyFailure || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'UND_ERR_INVALID_ARG') return error
  const isConnectionLost = lostConnection.has(code)
  return new DependencyFailure(isConnectionLost ? 'the connection was lost' : `${code || error.name}: ${error.message}`, {
    isConnectionLost,
    isOfOneQuestion: code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    cause: error,
  })
}
