import { ConfigError } from '@crm/service-kit/config/config-error.ts'
import t from 'tap'
import { loadUserServiceConfig } from '../src/config.ts'

const database = 'postgres://user:hunter2@127.0.0.1:5432'
const SIGNING_KEY_SECRET = 'of thirty-two characters or more'
const working = { DATABASE_URL: `${database}/user_db`, BUS_DATABASE_URL: `${database}/bus_db`, AUTH_MODE: 'header', SIGNING_KEY_SECRET }

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

t.test('production runs in token mode, wherever it listens', async (t) => {
  const env = { ...working, AUTH_MODE: undefined, HOST: '0.0.0.0', NODE_ENV: 'production', TRUST_PROXY: '10.0.0.0/8' }
  t.match(loadUserServiceConfig(env), { AUTH_MODE: 'token', JWT_ISSUER: 'crm', JWT_AUDIENCE: 'crm-api', TRUST_PROXY: '10.0.0.0/8' })
})

t.test('no secret for the signing keys, or a short one, is refused', async (t) => {
  t.match(complaint({ ...working, SIGNING_KEY_SECRET: undefined }), 'SIGNING_KEY_SECRET (or SIGNING_KEY_SECRET_FILE) is required')
  const message = complaint({ ...working, SIGNING_KEY_SECRET: 'hunter2' })
  t.match(message, 'SIGNING_KEY_SECRET must be 32 characters or more')
  t.notMatch(message, 'hunter2')
})

t.test('the first administrator is named in full, as somebody who can log in', async (t) => {
  const [email, password] = ['admin@example.com', 'correct horse battery']
  const settings = (BOOTSTRAP_ADMIN_EMAIL?: string, BOOTSTRAP_ADMIN_PASSWORD?: string) =>
    complaint({ ...working, BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD })
  t.equal(settings(email, password), 'none')
  t.equal(settings(), 'none')
  t.match(settings(email), 'set both or neither')
  t.match(settings(undefined, password), 'set both or neither')
  t.match(settings('admin@localhost', password), 'must be an email address to log in with')
  for (const wrong of ['root', 'root@', '@example.com', 'ro ot@example.com', 'a@b@c'])
    t.match(settings(wrong, password), /^BOOTSTRAP_ADMIN_EMAIL must be an email address/)
  t.match(
    settings(email, 'p'.repeat(9)),
    'BOOTSTRAP_ADMIN_PASSWORD must be text with a length of 10 or more characters (its value is not shown)',
  )
  t.equal(settings(email, 'p'.repeat(10)), 'none')
  t.match(settings(email, 'x'.repeat(201)), '200 characters or less')
  t.notMatch(settings('admin', password), password)
})
