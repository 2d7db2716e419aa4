import { StartError } from '@crm/service-kit/shutdown/start-error.ts'
import { BusUnavailableError } from '../bus.ts'
import { DecompressionError } from './compression/codecs.ts'

/** The brokers do not answer, or cannot do what was asked for now. */
export class KafkaUnavailableError extends BusUnavailableError {
  override readonly name = 'KafkaUnavailableError'
}

const passing = new Set(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSTimeout', 'KafkaJSLockTimeout'])

/**
 * Whether trying again later may help: no connection, no leader, no coordinator, a timeout. Not so: refused credentials, defects, records
 * that cannot be read. That kafkajs tried often enough says nothing: it does so whatever the cause, and the innermost counts.
 */
export function isOutage(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof KafkaUnavailableError || passing.has(cause.name)) return true
    if (cause.cause === undefined) return isRetriable(cause)
  }
  return false
}

function isRetriable(cause: Error): boolean {
  if ('retriable' in cause) return cause.retriable === true
  // Node's own errors of a connection name the system's call that failed. The other is what kafkajs says of one that was lost before.
  return 'syscall' in cause || cause.message === 'Broker not connected'
}

/** Whether what a broker sent cannot be read: no outage, and neither that other partitions go on nor a new session changes it. */
export function isUnreadable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DecompressionError || cause instanceof RangeError) return true
  }
  return false
}

/** Whether a broker refused with one of these codes, as kafkajs names them. */
export function brokersAnswer(error: unknown, types: ReadonlySet<string>): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause && types.has(String(cause.type))) return true
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
