import { retryAfterMs } from './retry-after.ts'

export interface RateLimit {
  /** Requests allowed in the window. */
  limit: number
  /** Requests left in it. */
  remaining: number
  /** Seconds until the window ends. */
  resetSeconds: number
}

/** What a response says beside its body. */
export interface ResponseMetadata {
  status: number
  headers: Headers
  /** The `x-request-id` to quote when asking about this request. */
  requestId: string | undefined
  /** The ETag of the record, for `ifMatch`. */
  etag: string | undefined
  /** Whether this is the remembered response to an earlier request with the same Idempotency-Key. */
  isIdempotentReplay: boolean
  /** The Idempotency-Key of the call, also one that was made for it. */
  idempotencyKey: string | undefined
  /** From the `RateLimit-*` headers, where the server sends them. */
  rateLimit: RateLimit | undefined
  /** How long the server asks to wait before the next try, in milliseconds. */
  retryAfterMs: number | undefined
}

export function metadataOf({ status, headers }: Response, idempotencyKey: string | undefined): ResponseMetadata {
  return {
    status,
    headers,
    requestId: headers.get('x-request-id') ?? undefined,
    etag: headers.get('etag') ?? undefined,
    isIdempotentReplay: headers.get('idempotent-replayed') === 'true',
    idempotencyKey,
    rateLimit: rateLimitOf(headers),
    retryAfterMs: retryAfterMs(headers),
  }
}

function rateLimitOf(headers: Headers): RateLimit | undefined {
  const numberOf = (name: string) => Number.parseInt(headers.get(`ratelimit-${name}`) ?? '', 10)
  const rateLimit = { limit: numberOf('limit'), remaining: numberOf('remaining'), resetSeconds: numberOf('reset') }
  return Object.values(rateLimit).every(Number.isFinite) ? rateLimit : undefined
}
