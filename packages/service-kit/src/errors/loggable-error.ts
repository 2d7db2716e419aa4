import { DrizzleQueryError } from 'drizzle-orm/errors'
import postgres from 'postgres'

/**
 * The error as it may be logged. drizzle puts a statement's parameters into its message, PostgreSQL quotes whole rows in its detail:
 * personal data and password hashes, which no log may hold.
 */
export function loggableError(error: unknown): unknown {
  if (error instanceof DrizzleQueryError) {
    const message = `Failed query: ${error.query}`
    const loggable = new Error(message, { cause: loggableError(error.cause) })
    loggable.stack = error.stack?.replace(error.message, message) ?? message
    return loggable
  }
  if (error instanceof postgres.PostgresError) {
    const { name, message, stack, code, severity, constraint_name, table_name, column_name } = error
    return Object.assign(new Error(message), { name, stack, code, severity, constraint_name, table_name, column_name })
  }
  return error
}
