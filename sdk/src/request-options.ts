/** What every call may be given. */
export interface RequestOptions {
  /** Aborts the call: its attempts, and the pauses between them. */
  signal?: AbortSignal | undefined
  /** Milliseconds for the whole call, with its retries and what `onConflict` does and sends; Infinity for no limit. For a list: for each page. */
  timeoutMs?: number | undefined
  /** Milliseconds for one attempt. */
  attemptTimeoutMs?: number | undefined
  /** How often a request is sent again after a failure that may pass. What `onConflict` sends is no retry and has retries of its own. */
  maxRetries?: number | undefined
  /** Sent as `x-request-id`: the name of this call in the server's logs. 1 to 128 letters, digits and `._:-`. */
  requestId?: string | undefined
  /** More headers, such as `traceparent`. TypeError for one that the client sets itself or that has an option of its own. */
  headers?: Record<string, string> | undefined
}

/** For operations that take an Idempotency-Key. */
export interface IdempotencyOptions {
  /**
   * Names the write, so that it takes effect once however often it is sent, also by another process, for 24 hours; the same body and
   * `ifMatch` go with it. Random by default. What `onConflict` decides anew is another write, with a key made from this one.
   */
  idempotencyKey?: string | undefined
}

/** A record that was read, or an ETag. */
export type RecordVersion = { version: number } | string

/** For operations that take If-Match. */
export interface IfMatchOptions {
  /** Only if the record is still at this version; else the call fails with CrmPreconditionFailedError. */
  ifMatch?: RecordVersion | undefined
  onConflict?: undefined
}

/** `Current` is the record; `Decision` is what decides the next request: a body, or for an operation without one whether to go on. */
export type ConflictResolution<Current, Decision = boolean> =
  | ((current: Current) => Decision | undefined | Promise<Decision | undefined>)
  | 'overwrite'

/** For operations that take If-Match, where the record can be read again. */
export interface ResolvedConflictOptions<Current, Decision = boolean> {
  ifMatch: RecordVersion
  /**
   * What to do when the record has changed meanwhile: at most 5 times a call, which `maxRetries` does not count. A function gets the
   * record as it is now and gives what to send instead; undefined or false lets the call fail. `overwrite` sends the same once more,
   * guarded by the version of that moment: what others wrote into the same fields meanwhile is lost. A deleted record cannot be read:
   * there, as in `restore`, a function ends with CrmNotFoundError.
   */
  onConflict?: ConflictResolution<Current, Decision> | undefined
}

export type ConflictOptions<Current, Decision = boolean> =
  | IfMatchOptions
  | ([Current] extends [never] ? never : ResolvedConflictOptions<Current, Decision>)

/** The options of any operation, as the runtime reads them. */
export interface CallOptions<Current, Decision = unknown> extends RequestOptions, IdempotencyOptions {
  ifMatch?: RecordVersion | undefined
  onConflict?: ([Current] extends [never] ? never : ConflictResolution<Current, Decision>) | undefined
}
