import { configuredBus } from '../../packages/events/src/bus/configured-bus.ts'
import type { BusPlace } from '../../packages/events/src/bus/open-bus.ts'
import { CommandError } from '../command-line/errors.ts'
import type { Surroundings } from '../command-line/surroundings.ts'

export interface OperatorsBus {
  place: BusPlace
  /** The variable to look at when the bus does not answer. */
  variable: 'KAFKA_BROKERS' | 'BUS_DATABASE_URL' | 'DATA_DIR'
}

/** The bus that the environment names, as the services read it; else that of the running system. */
export function operatorsBus({ env, findSystem }: Pick<Surroundings, 'env' | 'findSystem'>): OperatorsBus {
  const place = configuredBus(env)
  if (place !== undefined) return { place, variable: 'kafka' in place ? 'KAFKA_BROKERS' : 'BUS_DATABASE_URL' }
  if (findSystem === undefined) throw new CommandError('KAFKA_BROKERS or BUS_DATABASE_URL must be set: they say where events travel')
  const databaseUrl = findSystem(env).databaseUrl('bus_db', 'set KAFKA_BROKERS or BUS_DATABASE_URL to name another bus')
  return { place: { databaseUrl }, variable: 'DATA_DIR' }
}
