import { type Static, Type } from '@sinclair/typebox'
import { variables } from './variables.ts'

/** The variables that choose the event bus: Kafka or the embedded one. */
export const busVariables = {
  KAFKA_BROKERS: Type.Optional(variables.KAFKA_BROKERS),
  KAFKA_SSL: variables.KAFKA_SSL,
  KAFKA_SASL_MECHANISM: Type.Optional(variables.KAFKA_SASL_MECHANISM),
  KAFKA_SASL_USERNAME: Type.Optional(variables.KAFKA_SASL_USERNAME),
  KAFKA_SASL_PASSWORD: Type.Optional(variables.KAFKA_SASL_PASSWORD),
  BUS_DATABASE_URL: Type.Optional(variables.BUS_DATABASE_URL),
}
const BusSettings = Type.Object(busVariables)
export type BusSettings = Static<typeof BusSettings>

/** A rule for loadConfig: exactly one bus is chosen, and described in full. */
export function busProblems(settings: Partial<BusSettings>): string[] {
  const { KAFKA_BROKERS: brokers, BUS_DATABASE_URL: database } = settings
  const problems: string[] = []
  if (brokers === undefined && database === undefined) {
    problems.push('KAFKA_BROKERS or BUS_DATABASE_URL (or BUS_DATABASE_URL_FILE) is required: they say where events travel')
  }
  if (brokers !== undefined && database !== undefined) {
    problems.push('KAFKA_BROKERS and BUS_DATABASE_URL are both set: set one of them, events travel over one bus')
  }
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings
  const login = { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password }
  const missing = Object.entries(login).flatMap(([name, value]) => (value === undefined ? [name] : []))
  if (missing.length === 1 || missing.length === 2)
    problems.push(`${missing.join(' and ')} missing: the three KAFKA_SASL_ variables go together`)
  return problems
}
