import { nameOf, type PreparedRequest } from './attempt.ts'
import type { WithResponse } from './crm-promise.ts'
import { CrmPreconditionFailedError, CrmResponseError } from './errors.ts'
import { mergeHeaders } from './headers.ts'
import { keyOfDecision } from './idempotency-key.ts'
import { isObject } from './is-object.ts'
import type { ConflictResolution, RecordVersion } from './request-options.ts'

// Where that many others come first, one more request would not help.
const maxConflicts = 5

// One or several, or * for any.
const etags = /^(\*|(W\/)?"[^"]*"( *, *(W\/)?"[^"]*")*)$/

type Exchange = <T>(request: PreparedRequest<T>) => Promise<WithResponse<T>>

/** What `onConflict` needs, of the call's options and its operation. */
interface Resolution<Current> {
  onConflict: ConflictResolution<Current, unknown>
  /** The path at which the record is read. */
  recordPath: string
  isRecord: (body: unknown) => body is Current
}

/** A record's version as If-Match wants it, which weak tags never match. Throws TypeError for what is none. */
export function etagOf(version: RecordVersion | undefined): string | undefined {
  if (version === undefined) return undefined
  const etag = typeof version === 'string' && etags.test(version) ? strong(version) : versionOf(version)
  if (etag === undefined) throw new TypeError('ifMatch must be a record with its version, or an ETag such as "3", with its quotes')
  return etag
}

/** Throws TypeError for options by which a conflict cannot be resolved. */
export function resolutionOf<Current>(
  { ifMatch, onConflict }: { ifMatch?: RecordVersion | undefined; onConflict?: ConflictResolution<Current, unknown> | undefined },
  recordPath: string | undefined,
  isRecord: (body: unknown) => body is Current,
): Resolution<Current> | undefined {
  if (onConflict === undefined) return undefined
  if (onConflict !== 'overwrite' && typeof onConflict !== 'function') throw new TypeError("onConflict must be a function or 'overwrite'")
  if (ifMatch === undefined) throw new TypeError('onConflict needs ifMatch')
  if (recordPath === undefined) throw new TypeError('onConflict is no option of this operation: its record cannot be read')
  return { onConflict, recordPath, isRecord }
}

/** Sends a request until the record is at the version it was decided on, as far as `resolution` says so. */
export async function sendResolvingConflicts<T, Current>(
  first: PreparedRequest<T>,
  resolution: Resolution<Current> | undefined,
  exchange: Exchange,
): Promise<WithResponse<T>> {
  let request = first
  for (let conflicts = 1; ; conflicts++) {
    try {
      return await exchange(request)
    } catch (error) {
      if (!(error instanceof CrmPreconditionFailedError) || resolution === undefined || conflicts > maxConflicts) throw error
      const decision = await decideAnew(first, error, resolution, exchange)
      if (decision === undefined) throw error
      request = decided(first, decision)
    }
  }
}

interface Decided {
  etag: string
  /** JSON. */
  body: string | undefined
}

async function decideAnew<T, Current>(
  request: PreparedRequest<T>,
  { etag }: CrmPreconditionFailedError,
  { onConflict, recordPath, isRecord }: Resolution<Current>,
  exchange: Exchange,
): Promise<Decided | undefined> {
  const { body } = request
  // The refusal tells the version that is there now, also of a record that cannot be read, such as a deleted one.
  if (onConflict === 'overwrite' && etag !== undefined) return { etag: strong(etag), body }
  const reading = readingOf(request, recordPath, isRecord)
  const { data: current, response } = await exchange(reading)
  const version = versionOf(current) ?? (response.etag && strong(response.etag))
  if (!version) throw new CrmResponseError(`${nameOf(reading.operation)}: the record has no version`, { response })
  if (onConflict === 'overwrite') return { etag: version, body }
  const decision = await onConflict(current)
  if (decision === undefined || decision === false) return undefined
  return { etag: version, body: body === undefined ? undefined : JSON.stringify(decision) }
}

// A key stands for one body and one If-Match: what was decided anew needs another.
function decided<T>(first: PreparedRequest<T>, decision: Decided): PreparedRequest<T> {
  const key = first.headers.get('idempotency-key')
  const headers = { 'if-match': decision.etag, 'idempotency-key': key === null ? undefined : keyOfDecision(key, decision) }
  return { ...first, body: decision.body, headers: mergeHeaders(first.headers, new Headers(), headers) }
}

function readingOf<T, Current>(
  { operation, address, path: ids, headers, idempotencyKey }: PreparedRequest<T>,
  path: string,
  isRecord: Resolution<Current>['isRecord'],
): PreparedRequest<Current> {
  const readHeaders = new Headers(headers)
  readHeaders.delete('if-match')
  readHeaders.delete('idempotency-key')
  return {
    operation: { method: 'GET', path, service: operation.service, answer: 'json' },
    address,
    path: ids,
    query: {},
    body: undefined,
    headers: readHeaders,
    idempotencyKey,
    isDocumented: isRecord,
  }
}

// What compresses a response on its way may weaken its tag, or change it; the version behind it is the same.
function strong(etags: string): string {
  return etags.replace(/(?:W\/)?("[^"]*")/g, '$1')
}

function versionOf(record: unknown): string | undefined {
  return isObject(record) && Number.isInteger(record.version) ? `"${record.version}"` : undefined
}
