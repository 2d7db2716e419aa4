import { Type } from '@sinclair/typebox'
import t from 'tap'
import { busProblems, busVariables } from '../../src/config/bus-choice.ts'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadConfig } from '../../src/config/load-config.ts'

const KAFKA_BROKERS = '127.0.0.1:9092,kafka-2:9094'
const BUS_DATABASE_URL = 'postgres://user:hunter2@127.0.0.1:5432/bus_db'
const login = { KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SASL_USERNAME: 'crm', KAFKA_SASL_PASSWORD: 'hunter2' }

const load = (env: NodeJS.ProcessEnv) => loadConfig(Type.Object(busVariables), env, [busProblems])

function complaint(env: NodeJS.ProcessEnv): string {
  try {
    load(env)
    return 'none'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

t.test('one bus is chosen, not none and not both', async (t) => {
  t.strictSame(load({ KAFKA_BROKERS }), { KAFKA_BROKERS, KAFKA_SSL: false })
  t.strictSame(load({ BUS_DATABASE_URL }), { BUS_DATABASE_URL, KAFKA_SSL: false })
  t.match(complaint({}), 'KAFKA_BROKERS or BUS_DATABASE_URL (or BUS_DATABASE_URL_FILE) is required')
  t.match(complaint({ KAFKA_BROKERS, BUS_DATABASE_URL }), 'KAFKA_BROKERS and BUS_DATABASE_URL are both set')
  t.notMatch(complaint({ KAFKA_BROKERS, BUS_DATABASE_URL }), 'hunter2')
})

t.test('broker addresses have a port each', async (t) => {
  for (const wrong of ['kafka', 'kafka:9092,', 'kafka:9092 other:9092', 'kafka://host:9092']) {
    t.match(complaint({ KAFKA_BROKERS: wrong }), 'KAFKA_BROKERS must be broker addresses such as 127.0.0.1:9092', wrong)
  }
})

t.test('a login at the brokers is whole or absent', async (t) => {
  t.match(load({ KAFKA_BROKERS, KAFKA_SSL: 'true', ...login }), { KAFKA_SSL: true, ...login })
  for (const name of Object.keys(login)) {
    t.match(complaint({ KAFKA_BROKERS, ...login, [name]: '' }), `${name} missing`, name)
  }
  t.match(complaint({ KAFKA_BROKERS, KAFKA_SASL_USERNAME: 'crm' }), 'KAFKA_SASL_MECHANISM and KAFKA_SASL_PASSWORD missing')
  t.match(complaint({ KAFKA_BROKERS, ...login, KAFKA_SASL_MECHANISM: 'GSSAPI' }), /KAFKA_SASL_MECHANISM must be PLAIN, .* or SCRAM-SHA-512/)
})
