/** Thrown where nobody catches it, to end the process: it cannot go on, and no work in flight is to blame. */
export class CannotGoOnError extends Error {
  override readonly name = 'CannotGoOnError'
}

let hasFailed = false

/** Notes that an error which nobody caught ends the process: whatever is in flight may be its cause. */
export function noteProcessFailure(error: unknown): void {
  hasFailed ||= !(error instanceof CannotGoOnError)
}

/** Whether the process ends by an uncaught error, and not because somebody stopped it; stays so to its end. */
export function processHasFailed(): boolean {
  return hasFailed
}
