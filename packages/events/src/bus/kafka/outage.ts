import { StartError } from '@crm/service-kit/shutdown/start-error.ts'

/** The brokers do not answer, or cannot do what was asked for now. */
export class KafkaUnavailableError extends StartError {
  override readonly name = 'KafkaUnavailableError'
}

const passing = new Set(['KafkaJSNumberOfRetriesExceeded', 'KafkaJSGroupCoordinatorNotFound', 'KafkaJSTimeout', 'KafkaJSLockTimeout'])

/** Whether trying again later may help: no connection, no leader, no coordinator, a timeout. Not so: refused credentials, defects. */
export function isOutage(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof KafkaUnavailableError || passing.has(cause.name)) return true
    if (cause.cause === undefined) return 'retriable' in cause && cause.retriable === true
  }
  return false
}

const preparing = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP'])

/** Whether the brokers are there and only the group's coordinator is not ready: for a moment so after a start or a first group. */
export function isCoordinatorPreparing(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause && preparing.has(String(cause.type))) return true
  }
  return false
}

/** What to throw for an error of kafkajs: an outage is named as one, with the brokers; anything else stays as it is. */
export function describeOutage(error: unknown, brokers: readonly string[]): unknown {
  if (!(error instanceof Error) || error instanceof KafkaUnavailableError || !isOutage(error)) return error
  return new KafkaUnavailableError(`Kafka at ${brokers.join(',')} is not available: ${error.message}`, { cause: error })
}
