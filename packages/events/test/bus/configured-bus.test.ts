import { join } from 'node:path'
import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import t from 'tap'
import { configuredBus } from '../../src/bus/configured-bus.ts'

const url = 'postgres://user:password@127.0.0.1:5432/bus_db'

t.test('the bus is the one that the services would use', async (t) => {
  t.same(configuredBus({ BUS_DATABASE_URL: url }), { databaseUrl: url })
  const folder = t.testdir({ url: `${url}\n`, password: 'secret\n' })
  t.same(configuredBus({ BUS_DATABASE_URL_FILE: join(folder, 'url') }), { databaseUrl: url })
  const kafka = { KAFKA_BROKERS: 'a:9092,b:9092', KAFKA_SSL: 'true', KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SASL_USERNAME: 'ops' }
  t.same(configuredBus({ ...kafka, KAFKA_SASL_PASSWORD_FILE: join(folder, 'password') }), {
    kafka: { brokers: ['a:9092', 'b:9092'], ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'ops', password: 'secret' } },
  })
})

t.test('an environment that names no bus is no error, one that is wrong is', async (t) => {
  t.equal(configuredBus({ DATABASE_URL: url, KAFKA_BROKERS: '', BUS_DATABASE_URL: '' }), undefined)
  t.throws(() => configuredBus({ KAFKA_BROKERS: 'a:9092', BUS_DATABASE_URL: url }), ConfigError)
  t.throws(() => configuredBus({ BUS_DATABASE_URL: 'somewhere' }), ConfigError)
  t.throws(() => configuredBus({ KAFKA_BROKERS: 'a:9092', KAFKA_SASL_USERNAME: 'ops' }), ConfigError)
})
