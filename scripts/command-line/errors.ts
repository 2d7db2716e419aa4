/** The command line asks for nothing that can be done: the message says what to type. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What was asked for cannot be done: the message says why and is all there is to know. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
