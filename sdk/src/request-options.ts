/** What every call may be given. */
export interface RequestOptions {
  /** Aborts the call: its attempts, and the pauses between them. */
  signal?: AbortSignal | undefined
  /** Milliseconds for the whole call, retries included; Infinity for no limit. For a list: for each page. */
  timeoutMs?: number | undefined
  /** Milliseconds for one attempt. */
  attemptTimeoutMs?: number | undefined
  /** How often the call is sent again after a failure that may pass. */
  maxRetries?: number | undefined
  /** Sent as `x-request-id`: the name of this call in the server's logs. 1 to 128 letters, digits and `._:-`. */
  requestId?: string | undefined
  /** More headers, such as `traceparent`. */
  headers?: Record<string, string> | undefined
}

/** For operations that take an Idempotency-Key. */
export interface IdempotencyOptions {
  /** Names the write, so that it takes effect once however often it is sent, also by another process. Random by default. */
  idempotencyKey?: string | undefined
}

/** A record that was read, or an ETag. */
export type RecordVersion = { version: number } | string

/**
 * For operations that take If-Match. `Current` is the record; `Change` is what decides the next try: a body, or for an operation
 * without one whether to go on.
 */
export type ConflictOptions<Current, Change = boolean> =
  | {
      /** Only if the record is still at this version; else the call fails with CrmPreconditionFailedError. */
      ifMatch?: RecordVersion | undefined
      onConflict?: undefined
    }
  | {
      ifMatch: RecordVersion
      /**
       * What to do when the record has changed meanwhile, up to 5 times. `refetch` sends the same against the version that is there
       * now. A function gets the record as it is now and gives what to send instead; undefined or false lets the call fail.
       */
      onConflict: 'refetch' | ((current: Current) => Change | undefined | Promise<Change | undefined>)
    }

/** The options of any operation, as the runtime reads them. */
export type CallOptions = RequestOptions & IdempotencyOptions & ConflictOptions<never, unknown>
