import { randomUUID } from 'node:crypto'
import type { Teardown } from '@crm/testing/processes.ts'
import { type BenchDatabases, startDatabases } from '../servers/databases.ts'
import { productionLike, type StartedServer, startServer } from '../servers/start-server.ts'

export interface GatewaySystem {
  gateway: StartedServer
  users: StartedServer
  crm: StartedServer
  databases: BenchDatabases
}

/** The gateway before user-service and crm-service in token mode, as they are run, with the sample data; their relays at rest. */
export async function startGatewaySystem(t: Teardown, gatewayEnv: Record<string, string>): Promise<GatewaySystem> {
  const schemas = { user_db: 'user_db', crm_db: 'crm_db', no_bus: undefined }
  const databases = await startDatabases(t, { schemas })
  const common = {
    ...productionLike,
    AUTH_MODE: 'token',
    BUS_DATABASE_URL: databases.url('no_bus'),
    TRUST_PROXY: '127.0.0.1',
    SIGNING_KEY_SECRET: randomUUID(),
    SEED_SAMPLE_DATA: 'true',
  }
  const start = (service: string, env: Record<string, string>) =>
    startServer(t, { script: `services/${service}/src/server.ts`, env: { ...common, ...env }, probe: '/ready' })
  const users = await start('user-service', { DATABASE_URL: databases.url('user_db') })
  const crm = await start('crm-service', { DATABASE_URL: databases.url('crm_db'), USER_SERVICE_URL: users.url })
  const gateway = await start('gateway', { USER_SERVICE_URL: users.url, CRM_SERVICE_URL: crm.url, ...gatewayEnv })
  return { gateway, users, crm, databases }
}

/** Limits that nothing here reaches; each request is still counted against them. */
export const wideLimits = { RATE_LIMIT_PER_USER: '100000000', RATE_LIMIT_PER_ADDRESS: '100000000', RATE_LIMIT_UNAUTHENTICATED: '100000000' }
