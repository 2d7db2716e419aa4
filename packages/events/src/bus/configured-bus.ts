import { type BusSettings, busProblems, busVariables } from '@crm/service-kit/config/bus-choice.ts'
import { loadConfig } from '@crm/service-kit/config/load-config.ts'
import { Type } from '@sinclair/typebox'
import { type BusPlace, busPlace } from './open-bus.ts'

/**
 * The bus that an environment describes, as the services read it; undefined when it names none. Throws one ConfigError that names every
 * wrong variable.
 */
export function configuredBus(env: NodeJS.ProcessEnv): BusPlace | undefined {
  const namesNone = ({ KAFKA_BROKERS, BUS_DATABASE_URL }: Partial<BusSettings>) =>
    KAFKA_BROKERS === undefined && BUS_DATABASE_URL === undefined
  const settings = loadConfig(Type.Object(busVariables), env, [(read) => (namesNone(read) ? [] : busProblems(read))])
  return namesNone(settings) ? undefined : busPlace(settings)
}
