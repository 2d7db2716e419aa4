import type { BusSettings } from '@crm/service-kit/config/bus-choice.ts'
import { connectDatabase } from '@crm/service-kit/database/database.ts'
import type { SASLOptions } from 'kafkajs'
import type { EventLogger } from '../logging/event-logger.ts'
import type { Bus } from './bus.ts'
import { createEmbeddedBus } from './embedded/embedded-bus.ts'
import type { KafkaConnection } from './kafka/client.ts'
import { createKafkaBus } from './kafka/kafka-bus.ts'

/** Where the bus is: a database of the embedded one, or Kafka's brokers. */
export type BusPlace = { databaseUrl: string } | { kafka: Omit<KafkaConnection, 'clientId'> }

export type OpenBusOptions = BusPlace & {
  logger: EventLogger
  /** Shown in pg_stat_activity, or in the brokers' logs; default `bus`. */
  applicationName?: string
}

/** Opens a bus, without connecting yet. Closing it closes its connections. */
export function openBus({ logger, applicationName = 'bus', ...place }: OpenBusOptions): Bus {
  if ('kafka' in place) return createKafkaBus({ ...place.kafka, clientId: applicationName, logger })
  const db = connectDatabase({ url: place.databaseUrl, applicationName })
  const bus = createEmbeddedBus({ db, logger })
  return {
    ...bus,
    async close() {
      await bus.close()
      await db.close()
    },
  }
}

/** The bus that the configuration chose; see busProblems. */
export function busPlace(settings: BusSettings): BusPlace {
  if (settings.KAFKA_BROKERS !== undefined) {
    const sasl = saslOf(settings)
    return { kafka: { brokers: settings.KAFKA_BROKERS.split(','), ssl: settings.KAFKA_SSL, ...(sasl && { sasl }) } }
  }
  if (settings.BUS_DATABASE_URL !== undefined) return { databaseUrl: settings.BUS_DATABASE_URL }
  throw new Error('the configuration chose no bus')
}

function saslOf(settings: BusSettings): SASLOptions | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  if (mechanism === undefined || username === undefined || password === undefined) return undefined
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}
