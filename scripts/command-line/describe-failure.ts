import { visibleText } from '../../packages/events/src/logging/visible-text.ts'
import { describeStartFailure } from '../../packages/service-kit/src/shutdown/describe-start-failure.ts'
import { StartError } from '../../packages/service-kit/src/shutdown/start-error.ts'
import { CommandError, UsageError } from './errors.ts'

const undefinedTable = '42P01'

export interface FailureOptions {
  /** The variable to look at when the database does not answer. */
  databaseVariable: string | undefined
  /** What to say of a database that lacks the command's tables. */
  wrongDatabase: string
  /** Whether an error's message is all there is to know, beside those that every command throws. */
  isPlain(error: Error): boolean
}

/** What went wrong, on one line for all that an operator can remove; a stack for defects alone. */
export function describeFailure(error: unknown, { databaseVariable, wrongDatabase, isPlain }: FailureOptions): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === undefinedTable) return wrongDatabase
    // StartErrors tell of outages too.
    if (cause instanceof UsageError || cause instanceof CommandError || cause instanceof StartError || isPlain(cause))
      return visibleText(cause.message)
  }
  return describeStartFailure(error, databaseVariable === undefined ? {} : { databaseVariable })
}
