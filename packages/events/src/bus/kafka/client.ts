import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs'
import type { EventLogger } from '../../logging/event-logger.ts'
import { readAllCodecs } from './compression/codecs.ts'

export interface KafkaConnection {
  /** `host:port` of one broker or more. */
  brokers: readonly string[]
  /** Shown in the brokers' logs and quotas. */
  clientId: string
  /** TLS, with the authorities that Node trusts. */
  ssl?: boolean
  sasl?: SASLOptions
}

/** How patient a client is, by what it is for; milliseconds, and how often it tries again by itself. */
export interface Patience {
  connectMs: number
  requestMs: number
  retries: number
}

/** Says how a consumer of the client takes it when the records it is to go on from are deleted: as a loss to its group, or as nothing. */
export interface Reads {
  pruned: 'loss' | 'nothing'
}

/**
 * A client of its own: kafkajs keeps the committed offsets of all consumers of one client in one place, and one set of timeouts.
 * What it logs is logged as debug: each attempt of an outage is an error to it, and we log the outage itself. Only of records that a
 * group never gets nobody but kafkajs knows.
 */
export function createClient(
  connection: KafkaConnection,
  { connectMs, requestMs, retries }: Patience,
  logger: EventLogger,
  { pruned }: Reads = { pruned: 'loss' },
): Kafka {
  readAllCodecs()
  const config: KafkaConfig = {
    clientId: connection.clientId,
    brokers: [...connection.brokers],
    connectionTimeout: connectMs,
    authenticationTimeout: connectMs,
    requestTimeout: requestMs,
    // All of it is said: with NODE_ENV=test kafkajs has other defaults.
    retry: { retries, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message, timestamp, logger: _, ...details } }) => {
        if (message === offsetReset && pruned === 'loss') logReset(logger, details)
        else logger.debug({ kafkajs: namespace, ...details }, message)
      },
    ...(connection.ssl && { ssl: true }),
    ...(connection.sasl && { sasl: connection.sasl }),
  }
  return new Kafka(config)
}

const offsetReset = 'Offset out of range, resetting to default offset'

function logReset(logger: EventLogger, { groupId: group, topic, partition }: Record<string, unknown>): void {
  logger.error(
    { group, topic, partition },
    'the offset that the consumer group would go on from is not in the topic, as of records deleted before they were done; it goes on at the first kept',
  )
}
