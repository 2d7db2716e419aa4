import { inspect } from 'node:util'
import { StartError } from './start-error.ts'

export interface StartFailureOptions {
  /** The variable that sets the port this process listens on. */
  portVariable?: string
  /** The variable that names the database asked during the start. Left out where several are: the message then names none. */
  databaseVariable?: string
}

interface SystemError extends Error {
  code?: unknown
  syscall?: unknown
  address?: unknown
  port?: unknown
  hostname?: unknown
}

/** What an operator needs to know about a failed start: one line for the foreseen causes, the stack and its causes for the others. */
export function describeStartFailure(error: unknown, options: StartFailureOptions = {}): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const line = foreseen(cause, options)
    if (line !== undefined) return line
  }
  return inspect(error)
}

function foreseen(error: SystemError, { portVariable = 'PORT', databaseVariable = 'its URL' }: StartFailureOptions): string | undefined {
  if (error instanceof StartError) return error.message
  if (error.syscall === 'listen' || error.syscall === 'bind') return listenFailure(error, portVariable)
  if (error.name === 'PostgresError') return databaseRefusal(error, databaseVariable)
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `nothing answers at ${place(error)} (${error.code}): is the database running, and is ${databaseVariable} right?`
    case 'CONNECT_TIMEOUT':
      return `no connection to the database in time (${error.message}): is it running, and is ${databaseVariable} right?`
    case 'CONNECTION_CLOSED':
      return `the database closed the connection: is it running, and is ${databaseVariable} right?`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${error.hostname} cannot be resolved (${error.code})`
    default:
      return undefined
  }
}

function listenFailure(error: SystemError, portVariable: string): string | undefined {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${error.port} on ${error.address} is already in use (set ${portVariable} to another)`
    case 'EACCES':
      return `this user may not listen on port ${error.port} of ${error.address} (set ${portVariable} to another)`
    case 'EADDRNOTAVAIL':
      return `${error.address} is no address of this machine (set HOST to another)`
    default:
      return undefined
  }
}

// SQLSTATE classes that say the server, the name or the account is wrong; others are errors of a statement, which deserve their stack.
function databaseRefusal(error: SystemError, databaseVariable: string): string | undefined {
  const state = String(error.code)
  const isForeseen = /^(28|3D|53|57P|42501)/.test(state)
  return isForeseen ? `the database refuses: ${error.message} (${state}); is ${databaseVariable} right?` : undefined
}

// A host name with several addresses fails with one error for each: the first stands for all.
function place(error: SystemError): string {
  const first: SystemError = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  return [first.address, first.port].filter((part) => part !== undefined).join(':') || 'the configured address'
}
