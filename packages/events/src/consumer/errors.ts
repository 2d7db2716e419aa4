/** Thrown by a handler: trying again later may help, for a good while. Tried 20 times before the event is given up. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError'
}

/** Thrown by a handler: no further attempt will ever help. The event is given up at once. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError'
}

/** A handler took longer than its deadline; what it wrote is rolled back. Tried as often as after a RetryableError. */
export class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError'
}

/** Marks what a handler threw or is to blame for, so that it can be told from a failure of the runtime's own statements. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'

  constructor(cause: unknown) {
    super('the handler failed', { cause })
  }
}

/** The bus did not store a dead letter: its record stays where it is. */
export class DeadLetterNotStoredError extends Error {
  override readonly name = 'DeadLetterNotStoredError'
}

/** Another consumer of the group has the partition now. */
export class TakenOverError extends Error {
  override readonly name = 'TakenOverError'
}

/** The consumer was stopped, and what was in flight took too long to be waited for. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError'
}
