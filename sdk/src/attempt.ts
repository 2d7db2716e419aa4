import createClient from 'openapi-fetch'
import { apiErrorOf } from './api-error.ts'
import type { WithResponse } from './crm-promise.ts'
import { CrmConnectionError, CrmResponseError } from './errors.ts'
import type { Input, Operation } from './operation.ts'
import { metadataOf, type ResponseMetadata } from './response-metadata.ts'

/** A request, ready to be sent as often as it takes; what the caller does with what it gave changes nothing of it. */
export interface PreparedRequest<T> {
  operation: Operation
  address: string
  path: NonNullable<Input['path']>
  query: Record<string, unknown>
  /** JSON; undefined for none. */
  body: string | undefined
  headers: Headers
  /** Of the call, which may be another than that of the request. */
  idempotencyKey: string | undefined
  /** Whether the body of a success, parsed, undefined when empty, has the documented shape. */
  isDocumented: (body: unknown) => body is T
}

interface AnyOperation {
  parameters: { path?: Input['path']; query?: Record<string, unknown> }
  requestBody?: { content: { 'application/json': unknown } }
}
type AnyPaths = Record<string, Record<Lowercase<Operation['method']>, AnyOperation>>

// What an API redirects to is not what was asked: a POST would become a GET, and x-user-id would go elsewhere.
const http = createClient<AnyPaths>({ redirect: 'manual' })
const methods = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const

/** The request's name in messages. */
export function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`
}

/**
 * Sends the request once. Rejects with CrmApiError for a response that is no success, with CrmResponseError for a success that is not
 * as documented, with CrmConnectionError when there is no response, and with TypeError for a request that cannot be put together.
 */
export async function attempt<T>(
  { operation, address, path, query, body: json, headers, idempotencyKey, isDocumented }: PreparedRequest<T>,
  fetch: (request: Request) => Promise<Response>,
  signal: AbortSignal,
): Promise<WithResponse<T>> {
  let isSent = false
  const exchange = http.request(methods[operation.method], operation.path, {
    baseUrl: address,
    params: { path, query },
    headers,
    body: json,
    bodySerializer: String,
    signal,
    parseAs: 'text',
    fetch: (request: Request) => {
      isSent = true
      return fetch(request)
    },
  })
  const { response, data, error } = await exchange.catch((cause: unknown) => {
    throw isSent ? new CrmConnectionError(`${nameOf(operation)}: no response, ${describe(cause)}`, { cause, idempotencyKey }) : cause
  })
  const metadata = metadataOf(response, idempotencyKey)
  if (!response.ok) throw apiErrorOf(nameOf(operation), metadata, error)
  const body = parse(data, operation, metadata)
  if (!isDocumented(body)) throw unexpected(operation, metadata)
  return { data: body, response: metadata }
}

function parse(text: unknown, operation: Operation, response: ResponseMetadata): unknown {
  if (typeof text !== 'string' || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unexpected(operation, response, { cause })
  }
}

function unexpected(operation: Operation, response: ResponseMetadata, options: { cause?: unknown } = {}): CrmResponseError {
  const expected = operation.answer === 'none' ? 'no body' : 'JSON'
  const message = `${nameOf(operation)}: ${response.status}, but the response is not the ${expected} that is documented`
  return new CrmResponseError(message, { response, ...options })
}

// fetch says little itself; its cause says why.
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
