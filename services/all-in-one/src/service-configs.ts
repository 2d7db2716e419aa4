import { loadCrmServiceConfig, loadCrmWorkerConfig } from 'crm-service/config.ts'
import { loadUserServiceConfig } from 'user-service/config.ts'
import type { AllInOneConfig } from './config.ts'
import type { DatabaseUrls } from './databases.ts'

/** The configuration each process would read from an environment of its own. Pools are small: all share one embedded PostgreSQL. */
export function serviceConfigs(config: AllInOneConfig, urls: DatabaseUrls) {
  const { LOG_LEVEL, NODE_ENV, USER_SERVICE_URL, CRM_SERVICE_URL, SEED_SAMPLE_DATA, ADMIN_PORT } = config
  const common = { LOG_LEVEL, NODE_ENV, AUTH_MODE: 'header', BUS_DATABASE_URL: urls.bus_db, USER_SERVICE_URL }
  return {
    user: loadUserServiceConfig({
      ...common,
      ...addressOf(USER_SERVICE_URL),
      DATABASE_URL: urls.user_db,
      DATABASE_POOL_MAX: '5',
      SEED_SAMPLE_DATA: String(SEED_SAMPLE_DATA),
    }),
    crm: loadCrmServiceConfig({ ...common, ...addressOf(CRM_SERVICE_URL), DATABASE_URL: urls.crm_db, DATABASE_POOL_MAX: '10' }),
    worker: loadCrmWorkerConfig({ ...common, ADMIN_PORT: String(ADMIN_PORT), DATABASE_URL: urls.crm_db, DATABASE_POOL_MAX: '4' }),
  }
}

function addressOf(url: string): { HOST: string; PORT: string } {
  const { hostname, port } = new URL(url)
  return { HOST: hostname.replace(/^\[|\]$/g, ''), PORT: port || '80' }
}
