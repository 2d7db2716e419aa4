import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import t from 'tap'
import { loadUserServiceConfig } from '../src/config.ts'

const database = 'postgres://user:hunter2@127.0.0.1:5432'
const working = { DATABASE_URL: `${database}/user_db`, BUS_DATABASE_URL: `${database}/bus_db`, AUTH_MODE: 'header' }

function complaint(env: NodeJS.ProcessEnv): string {
  try {
    loadUserServiceConfig(env)
    return 'none'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

t.test('a working environment needs few variables', async (t) => {
  t.match(loadUserServiceConfig(working), { HOST: '127.0.0.1', PORT: 8002, SEED_SAMPLE_DATA: false, DATABASE_POOL_MAX: 10 })
})

t.test('every wrong variable is named at once, and no secret is shown', async (t) => {
  const message = complaint({ ...working, PORT: '80a', SEED_SAMPLE_DATA: 'perhaps', DATABASE_URL: 'mysql://root:hunter2@db/x' })
  for (const name of ['PORT', 'SEED_SAMPLE_DATA', 'DATABASE_URL']) t.match(message, name)
  t.notMatch(message, 'hunter2')
})

t.test('variables that are refused together are named with those that are wrong by themselves', async (t) => {
  const message = complaint({ ...working, PORT: '80a', HOST: '0.0.0.0', NODE_ENV: 'production', SEED_SAMPLE_DATA: 'true' })
  for (const part of ['PORT must be', 'SEED_SAMPLE_DATA=true is refused', 'on HOST=0.0.0.0']) t.match(message, part)
})

t.test('production refuses sample data and the header mode, both in one line', async (t) => {
  const message = complaint({ ...working, NODE_ENV: 'production', SEED_SAMPLE_DATA: 'true' })
  t.match(message, 'SEED_SAMPLE_DATA=true is refused with NODE_ENV=production')
  t.match(message, 'AUTH_MODE=header is refused with NODE_ENV=production')
})

t.test('the header mode is refused where others could reach the port', async (t) => {
  t.match(complaint({ ...working, HOST: '0.0.0.0' }), 'AUTH_MODE=header is refused on HOST=0.0.0.0')
  t.equal(complaint({ ...working, HOST: '::1', SEED_SAMPLE_DATA: 'true' }), 'none')
})
