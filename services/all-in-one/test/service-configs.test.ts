import t from 'tap'
import { loadAllInOneConfig } from '../src/config.ts'
import { serviceConfigs } from '../src/service-configs.ts'

const url = (name: string) => `postgres://${name}:secret@127.0.0.1:15432/${name}`
const databases = { user_db: url('user_db'), crm_db: url('crm_db'), bus_db: url('bus_db') }
const places = { databases, signingKeySecret: 'a secret of at least 32 characters' }

t.test('each process listens where the variables say, reaches its own database and the bus alone, and believes the header', async (t) => {
  const env = {
    GATEWAY_URL: 'http://127.0.0.1:9000',
    USER_SERVICE_URL: 'http://127.0.0.1:9002',
    CRM_SERVICE_URL: 'http://[::1]:9001',
    ADMIN_PORT: '9011',
    LOG_LEVEL: 'debug',
    RATE_LIMIT_PER_USER: '7',
  }
  const { gateway, user, crm, worker } = serviceConfigs(loadAllInOneConfig(env), places)
  const common = { LOG_LEVEL: 'debug', NODE_ENV: 'development', BUS_DATABASE_URL: databases.bus_db }
  t.match(user, { ...common, HOST: '127.0.0.1', PORT: 9002, DATABASE_URL: databases.user_db, AUTH_MODE: 'header', SEED_SAMPLE_DATA: true })
  t.match(crm, {
    ...common,
    HOST: '::1',
    PORT: 9001,
    DATABASE_URL: databases.crm_db,
    AUTH_MODE: 'header',
    USER_SERVICE_URL: env.USER_SERVICE_URL,
  })
  const addresses = { USER_SERVICE_URL: env.USER_SERVICE_URL, CRM_SERVICE_URL: env.CRM_SERVICE_URL }
  t.match(gateway, { ...addresses, HOST: '127.0.0.1', PORT: 9000, LOG_LEVEL: 'debug', TRUST_PROXY: '', RATE_LIMIT_PER_USER: 7 })
  t.match(worker, { ...common, HOST: '127.0.0.1', ADMIN_PORT: 9011, DATABASE_URL: databases.crm_db })
})

t.test('SEED_SAMPLE_DATA=false leaves the sample data out', async (t) => {
  const { user } = serviceConfigs(loadAllInOneConfig({ SEED_SAMPLE_DATA: 'false' }), places)
  t.equal(user.SEED_SAMPLE_DATA, false)
})

t.test('the pools together leave the embedded PostgreSQL connections to spare', async (t) => {
  const { user, crm, worker } = serviceConfigs(loadAllInOneConfig({}), places)
  const pools = [user, crm, worker].reduce((sum, { DATABASE_POOL_MAX }) => sum + DATABASE_POOL_MAX, 0)
  // The bus has its own pool of 10, and each relay and consumer a few connections beside; the server takes 100.
  t.ok(pools <= 50, `${pools} connections`)
})
