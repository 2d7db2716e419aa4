/** What a generated method knows of its operation. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for each path parameter. */
  path: string
  /** Who answers it where services have addresses of their own. */
  service: string
  /** It documents Idempotency-Key: every call is sent with one, so that it may be repeated. */
  keyed?: true
  /** The path at which the record that `ifMatch` guards is read. */
  record?: string
  /** It wants no credentials. */
  open?: true
}

/** What a call gives its operation. */
export interface Input {
  path?: Record<string, string | number>
  query?: object | undefined
  body?: unknown
}
