/** The dependency gave no usable answer: nobody there, the connection lost, too late, a 5xx, or not what it says it is. */
export class DependencyFailure extends Error {
  /** True when the connection ended before the answer did: a safe request may be sent again. */
  readonly isConnectionLost: boolean
  /** True when it tells of this one question, such as an answer that is too long: others may well be answered. */
  readonly isOfOneQuestion: boolean

  constructor(message: string, options: { isConnectionLost?: boolean; isOfOneQuestion?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'DependencyFailure'
    this.isConnectionLost = options.isConnectionLost ?? false
    this.isOfOneQuestion = options.isOfOneQuestion ?? false
  }
}
