import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import t from 'tap'
import { loadCrmServiceConfig, loadCrmWorkerConfig } from '../src/config.ts'

const database = 'postgres://crm:hunter2@127.0.0.1:5432'
const working = { DATABASE_URL: `${database}/crm_db`, BUS_DATABASE_URL: `${database}/bus_db`, AUTH_MODE: 'header' }

function complaint(load: (env: NodeJS.ProcessEnv) => unknown, env: NodeJS.ProcessEnv): string {
  try {
    load(env)
    return 'none'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

t.test('working environments need few variables', async (t) => {
  t.match(loadCrmServiceConfig(working), {
    HOST: '127.0.0.1',
    PORT: 8001,
    USER_SERVICE_URL: 'http://127.0.0.1:8002',
    DATABASE_POOL_MAX: 10,
    DRAIN_MS: 0,
  })
  t.match(loadCrmWorkerConfig(working), { HOST: '127.0.0.1', ADMIN_PORT: 8011, LOG_LEVEL: 'info' })
})

t.test('every wrong variable is named at once, and no secret is shown', async (t) => {
  const service = { ...working, PORT: '80a', USER_SERVICE_URL: 'nowhere', DATABASE_URL: 'mysql://root:hunter2@db/x' }
  const ofService = complaint(loadCrmServiceConfig, service)
  for (const name of ['PORT', 'USER_SERVICE_URL', 'DATABASE_URL']) t.match(ofService, `${name} must be`)
  const ofWorker = complaint(loadCrmWorkerConfig, { ...working, ADMIN_PORT: '-1', BUS_DATABASE_URL: 'hunter2', DATABASE_POOL_MAX: '0' })
  for (const name of ['ADMIN_PORT', 'BUS_DATABASE_URL', 'DATABASE_POOL_MAX']) t.match(ofWorker, `${name} must be`)
  for (const message of [ofService, ofWorker]) t.notMatch(message, 'hunter2')
})

t.test('the header mode is refused in production and where others could reach the port', async (t) => {
  t.match(complaint(loadCrmServiceConfig, { ...working, HOST: '0.0.0.0' }), 'AUTH_MODE=header is refused on HOST=0.0.0.0')
  t.match(complaint(loadCrmServiceConfig, { ...working, NODE_ENV: 'production' }), 'refused with NODE_ENV=production')
  t.equal(complaint(loadCrmServiceConfig, { ...working, HOST: '::1' }), 'none')
})

t.test('the token mode is the default, and runs in production on any address', async (t) => {
  const production = { ...working, AUTH_MODE: undefined, HOST: '0.0.0.0', NODE_ENV: 'production' }
  t.match(loadCrmServiceConfig(production), { AUTH_MODE: 'token', JWT_ISSUER: 'crm', JWT_AUDIENCE: 'crm-api', TRUST_PROXY: '' })
  t.match(complaint(loadCrmServiceConfig, { ...production, TRUST_PROXY: 'everybody' }), 'TRUST_PROXY must be')
})

t.test('a worker, which believes nobody, runs anywhere', async (t) => {
  t.equal(complaint(loadCrmWorkerConfig, { ...working, AUTH_MODE: 'token', HOST: '0.0.0.0', NODE_ENV: 'production' }), 'none')
})
