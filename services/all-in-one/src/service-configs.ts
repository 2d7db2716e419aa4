import { loadCrmServiceConfig, loadCrmWorkerConfig } from 'crm-service/config.ts'
import { loadGatewayConfig } from 'gateway/config.ts'
import { loadUserServiceConfig } from 'user-service/config.ts'
import type { AllInOneConfig } from './config.ts'
import type { DatabaseUrls } from './databases.ts'
import { type Address, serviceAddresses } from './service-addresses.ts'

// The gateway calls from this machine, and says who called it.
const gatewayRanges = '127.0.0.0/8,::1'

export interface Places {
  databases: DatabaseUrls
  signingKeySecret: string
}

/** The configuration each process would read from an environment of its own. Pools are small: all share one embedded PostgreSQL. */
export function serviceConfigs(config: AllInOneConfig, { databases, signingKeySecret }: Places) {
  const { LOG_LEVEL, NODE_ENV, JWT_ISSUER, JWT_AUDIENCE, USER_SERVICE_URL, CRM_SERVICE_URL, SEED_SAMPLE_DATA } = config
  const { BOOTSTRAP_ADMIN_EMAIL, BOOTSTRAP_ADMIN_PASSWORD } = config
  const { gateway, user, crm, worker } = serviceAddresses(config)
  const tokens = { JWT_ISSUER, JWT_AUDIENCE }
  const common = { LOG_LEVEL, NODE_ENV, BUS_DATABASE_URL: databases.bus_db }
  const service = { ...common, ...tokens, AUTH_MODE: 'header', TRUST_PROXY: gatewayRanges, USER_SERVICE_URL }
  return {
    user: loadUserServiceConfig({
      ...service,
      ...environmentOf(user),
      DATABASE_URL: databases.user_db,
      DATABASE_POOL_MAX: '5',
      SIGNING_KEY_SECRET: signingKeySecret,
      SEED_SAMPLE_DATA: String(SEED_SAMPLE_DATA),
      BOOTSTRAP_ADMIN_EMAIL,
      BOOTSTRAP_ADMIN_PASSWORD,
    }),
    crm: loadCrmServiceConfig({ ...service, ...environmentOf(crm), DATABASE_URL: databases.crm_db, DATABASE_POOL_MAX: '10' }),
    worker: loadCrmWorkerConfig({
      ...common,
      HOST: worker.host,
      ADMIN_PORT: String(worker.port),
      DATABASE_URL: databases.crm_db,
      DATABASE_POOL_MAX: '4',
    }),
    gateway: loadGatewayConfig({
      ...tokens,
      ...environmentOf(gateway),
      LOG_LEVEL,
      USER_SERVICE_URL,
      CRM_SERVICE_URL,
      RATE_LIMIT_PER_USER: String(config.RATE_LIMIT_PER_USER),
      RATE_LIMIT_PER_ADDRESS: String(config.RATE_LIMIT_PER_ADDRESS),
      RATE_LIMIT_UNAUTHENTICATED: String(config.RATE_LIMIT_UNAUTHENTICATED),
    }),
  }
}

function environmentOf({ host, port }: Address): { HOST: string; PORT: string } {
  return { HOST: host, PORT: String(port) }
}
