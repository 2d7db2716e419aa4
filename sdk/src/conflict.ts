import type { PreparedRequest } from './attempt.ts'
import type { WithResponse } from './crm-promise.ts'
import { CrmPreconditionFailedError } from './errors.ts'
import type { CallOptions, RecordVersion } from './request-options.ts'

// Where that many others come first, one more try would not help.
const maxConflicts = 5

type Exchange = <T>(request: PreparedRequest) => Promise<WithResponse<T>>

/** A record's version as If-Match wants it. */
export function etagOf(version: RecordVersion | undefined): string | undefined {
  return typeof version === 'object' ? `"${version.version}"` : version
}

/** Sends a request until the record is at the version it was decided on, as far as `onConflict` says so. */
export async function sendResolvingConflicts<T>(
  first: PreparedRequest,
  onConflict: CallOptions['onConflict'],
  exchange: Exchange,
): Promise<WithResponse<T>> {
  let request = first
  for (let conflicts = 1; ; conflicts++) {
    try {
      return await exchange<T>(request)
    } catch (error) {
      if (!(error instanceof CrmPreconditionFailedError) || onConflict === undefined || conflicts > maxConflicts) throw error
      const next = await decideAnew(request, error, onConflict, exchange)
      if (next === undefined) throw error
      request = next
    }
  }
}

async function decideAnew(
  request: PreparedRequest,
  { etag }: CrmPreconditionFailedError,
  onConflict: NonNullable<CallOptions['onConflict']>,
  exchange: Exchange,
): Promise<PreparedRequest | undefined> {
  // The refusal tells the version that is there now, also of a record that cannot be read, such as a deleted one.
  if (onConflict === 'refetch' && etag !== undefined) return atVersion(request, etag)
  const { data: current, response } = await exchange<{ version: number }>(readingOf(request))
  const version = response.etag ?? etagOf(current)
  if (onConflict === 'refetch') return atVersion(request, version)
  // The generated method has typed the function by the record it gets here.
  const change = await onConflict(current as never)
  if (change === undefined || change === false) return undefined
  const input = request.input.body === undefined ? request.input : { ...request.input, body: change }
  return atVersion({ ...request, input }, version)
}

function atVersion(request: PreparedRequest, etag: string | undefined): PreparedRequest {
  return { ...request, headers: { ...request.headers, 'if-match': etag } }
}

function readingOf({ operation, address, input, headers }: PreparedRequest): PreparedRequest {
  const { record = operation.path, service } = operation
  return {
    operation: { method: 'GET', path: record, service },
    address,
    input: { ...(input.path && { path: input.path }) },
    headers: { ...headers, 'if-match': undefined, 'idempotency-key': undefined },
  }
}
