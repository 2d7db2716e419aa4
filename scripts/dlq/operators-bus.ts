import { configuredBus } from '../../packages/events/src/bus/configured-bus.ts'
import type { BusPlace } from '../../packages/events/src/bus/open-bus.ts'
import { loadDataFolder } from '../../services/all-in-one/src/config.ts'
import { runningDatabase } from '../running-database.ts'

export interface OperatorsBus {
  place: BusPlace
  /** The variable to look at when the bus does not answer. */
  variable: 'KAFKA_BROKERS' | 'BUS_DATABASE_URL' | 'DATA_DIR'
}

/** The bus that the environment names, as the services read it; else that of the system that runs on the data folder. */
export function operatorsBus(env: NodeJS.ProcessEnv): OperatorsBus {
  const place = configuredBus(env)
  if (place !== undefined) return { place, variable: 'kafka' in place ? 'KAFKA_BROKERS' : 'BUS_DATABASE_URL' }
  const otherwise = 'set KAFKA_BROKERS or BUS_DATABASE_URL to name another bus'
  return { place: { databaseUrl: runningDatabase(loadDataFolder(env), 'bus_db', otherwise) }, variable: 'DATA_DIR' }
}
