import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { BusUnavailableError } from '../bus.ts'

/** The brokers do not answer, or cannot do what was asked for now. */
export class KafkaUnavailableError extends BusUnavailableError {
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

/** The brokers are there and do not believe who we say we are. */
export class KafkaCredentialsError extends StartError {
  override readonly name = 'KafkaCredentialsError'
}

function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'KafkaJSSASLAuthenticationError') return true
  }
  return false
}

/** What to throw for an error of kafkajs: outages and refused credentials are named as such, with the brokers; anything else stays as it is. */
export function describeOutage(error: unknown, brokers: readonly string[]): unknown {
  if (!(error instanceof Error) || error instanceof KafkaUnavailableError || error instanceof KafkaCredentialsError) return error
  if (isRefusal(error)) {
    return new KafkaCredentialsError(`Kafka at ${brokers.join(',')} refused the credentials: ${error.message}`, { cause: error })
  }
  if (!isOutage(error)) return error
  return new KafkaUnavailableError(`Kafka at ${brokers.join(',')} is not available: ${error.message}`, { cause: error })
}
