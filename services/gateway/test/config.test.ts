import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import t from 'tap'
import { loadGatewayConfig } from '../src/config.ts'

t.test('the gateway needs no variable where everything runs on one machine', async (t) => {
  t.match(loadGatewayConfig({}), {
    HOST: '127.0.0.1',
    PORT: 4000,
    USER_SERVICE_URL: 'http://127.0.0.1:8002',
    CRM_SERVICE_URL: 'http://127.0.0.1:8001',
    JWT_ISSUER: 'crm',
    JWT_AUDIENCE: 'crm-api',
    TRUST_PROXY: '',
    RATE_LIMIT_PER_USER: 6000,
  })
  t.notOk('ADMIN_PORT' in loadGatewayConfig({}), 'no second port is opened unless it is asked for')
})

t.test('every wrong variable is named at once', async (t) => {
  const env = { PORT: '80a', CRM_SERVICE_URL: 'nowhere', TRUST_PROXY: 'everybody', ADMIN_PORT: '65536', RATE_LIMIT_PER_USER: '0' }
  try {
    loadGatewayConfig(env)
    t.fail('it was taken')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    for (const name of Object.keys(env)) t.match(String(error), `${name} must be`)
  }
})
