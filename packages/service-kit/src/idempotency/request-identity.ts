import { createHash, createHmac } from 'node:crypto'

export interface IdempotentRequest {
  userId: string
  method: string
  /** Without the query. */
  path: string
  key: string
  body: unknown
  ifMatch: string | undefined
}

export interface RequestIdentity {
  /** Names the request in the table. */
  id: string
  /**
   * Same body and If-Match, same fingerprint. Keyed by what only the client knows, it tells nothing of a body, however short; unless the
   * key can be guessed: what must stay secret even so a route replaces in its body before.
   */
  fingerprint: string
  /** A signed 64-bit number, as text, for an advisory lock. */
  lock: string
}

export function identify({ userId, method, path, key, body, ifMatch }: IdempotentRequest): RequestIdentity {
  const id = createHash('sha256')
    .update(JSON.stringify([userId, method, path, key]))
    .digest()
  const fingerprint = createHmac('sha256', key)
    .update(JSON.stringify([canonical(body), ifMatch ?? null]))
    .digest('base64url')
  return { id: id.toString('base64url'), fingerprint, lock: id.readBigInt64BE().toString() }
}

/** The same members in another order are the same body. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  )
}
