import { UnknownTopicError } from '../../packages/events/src/bus/bus.ts'
import { visibleText } from '../../packages/events/src/logging/visible-text.ts'
import { describeStartFailure } from '../../packages/service-kit/src/shutdown/describe-start-failure.ts'
import { StartError } from '../../packages/service-kit/src/shutdown/start-error.ts'
import { CommandError, UsageError } from './errors.ts'

const undefinedTable = '42P01'

/** What went wrong, on one line for all that an operator can remove; a stack for defects alone. */
export function describeFailure(error: unknown, variable: string | undefined): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === undefinedTable)
      return 'this database holds no event bus: pnpm --filter @crm/events migrate makes one'
    if (isPlain(cause)) return visibleText(cause.message)
  }
  return describeStartFailure(error, variable === undefined ? {} : { databaseVariable: variable })
}

// StartErrors tell of outages too. Besides these, kafkajs tells of refused credentials and the like.
function isPlain(error: Error): boolean {
  const plain = [UsageError, CommandError, UnknownTopicError, StartError]
  return plain.some((kind) => error instanceof kind) || error.name.startsWith('KafkaJS')
}
