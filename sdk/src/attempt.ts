import createClient from 'openapi-fetch'
import { answerError } from './answer-error.ts'
import type { WithResponse } from './crm-promise.ts'
import { CrmApiError, CrmConnectionError } from './errors.ts'
import type { Input, Operation } from './operation.ts'
import { metadataOf } from './response-metadata.ts'

/** A request, ready to be sent as often as it takes. */
export interface PreparedRequest {
  operation: Operation
  address: string
  input: Input
  headers: Record<string, string | undefined>
}

interface AnyOperation {
  parameters: { path?: Input['path']; query?: Record<string, unknown> }
  requestBody?: { content: { 'application/json': unknown } }
}
type AnyPaths = Record<string, Record<Lowercase<Operation['method']>, AnyOperation>>

// What an API redirects to is not what was asked: a POST would become a GET, and x-user-id would go elsewhere.
const http = createClient<AnyPaths>({ redirect: 'manual' })

/** The request's name in messages. */
export function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`
}

/**
 * Sends the request once. Rejects with CrmApiError for an answer that is no success, with CrmConnectionError when there is none, and
 * with what it is for a request that cannot be put together.
 */
export async function attempt<T>(
  { operation, address, input, headers }: PreparedRequest,
  fetch: (request: Request) => Promise<Response>,
  signal: AbortSignal,
): Promise<WithResponse<T>> {
  let isSent = false
  const exchange = http.request(methodOf(operation), operation.path, {
    baseUrl: address,
    params: { path: checkedIds(input.path), query: { ...input.query } },
    headers,
    body: input.body,
    signal,
    parseAs: 'text',
    fetch: (request: Request) => {
      isSent = true
      return fetch(request)
    },
  })
  const { response, data, error } = await exchange.catch((cause: unknown) => {
    throw isSent ? new CrmConnectionError(`${nameOf(operation)}: no answer, ${describe(cause)}`, { cause }) : cause
  })
  const metadata = metadataOf(response)
  if (!response.ok) throw answerError(nameOf(operation), metadata, error)
  return { data: parse(data, operation, metadata), response: metadata }
}

function methodOf(operation: Operation) {
  return operation.method.toLowerCase() as Lowercase<Operation['method']>
}

// Such an id would name another path: `.` and `..` are resolved away, and an empty one names the list.
function checkedIds(ids: Input['path'] = {}): Input['path'] {
  for (const [name, id] of Object.entries(ids)) {
    if (['', '.', '..', 'undefined', 'null'].includes(String(id))) throw new TypeError(`${name} is not an id: ${JSON.stringify(id)}`)
  }
  return ids
}

// The boundary at which the server is taken at its documented word.
function parse<T>(text: unknown, operation: Operation, response: CrmApiError['response']): T {
  try {
    return (typeof text === 'string' && text !== '' ? JSON.parse(text) : undefined) as T
  } catch (cause) {
    throw new CrmApiError(`${nameOf(operation)}: ${response.status}, but the answer is not JSON`, { response, cause })
  }
}

// fetch says little itself; its cause says why.
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
