import { loadCrmServiceConfig, loadCrmWorkerConfig } from 'crm-service/config.ts'
import { loadUserServiceConfig } from 'user-service/config.ts'
import type { AllInOneConfig } from './config.ts'
import type { DatabaseUrls } from './databases.ts'
import { type Address, serviceAddresses } from './service-addresses.ts'

/** The configuration each process would read from an environment of its own. Pools are small: all share one embedded PostgreSQL. */
export function serviceConfigs(config: AllInOneConfig, urls: DatabaseUrls) {
  const { LOG_LEVEL, NODE_ENV, USER_SERVICE_URL, SEED_SAMPLE_DATA } = config
  const { user, crm, worker } = serviceAddresses(config)
  const common = { LOG_LEVEL, NODE_ENV, AUTH_MODE: 'header', BUS_DATABASE_URL: urls.bus_db, USER_SERVICE_URL }
  return {
    user: loadUserServiceConfig({
      ...common,
      ...environmentOf(user),
      DATABASE_URL: urls.user_db,
      DATABASE_POOL_MAX: '5',
      SEED_SAMPLE_DATA: String(SEED_SAMPLE_DATA),
    }),
    crm: loadCrmServiceConfig({ ...common, ...environmentOf(crm), DATABASE_URL: urls.crm_db, DATABASE_POOL_MAX: '10' }),
    worker: loadCrmWorkerConfig({
      ...common,
      HOST: worker.host,
      ADMIN_PORT: String(worker.port),
      DATABASE_URL: urls.crm_db,
      DATABASE_POOL_MAX: '4',
    }),
  }
}

function environmentOf({ host, port }: Address): { HOST: string; PORT: string } {
  return { HOST: host, PORT: String(port) }
}
