/** A start that cannot succeed for a reason the operator can remove: the message is one line and says all there is to know, so no stack is shown. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}
