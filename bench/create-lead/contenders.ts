import { randomUUID } from 'node:crypto'
import type { Teardown } from '@crm/testing/processes.ts'
import type postgres from 'postgres'
import type { BenchDatabases } from '../servers/databases.ts'
import { type NodeServer, productionLike, startServer } from '../servers/start-server.ts'

/** One server that creates leads, with a database of its own. */
export interface Contender {
  name: string
  url: string
  pid: number
  database: string
  /** A superuser's connection to that database. */
  sql: postgres.Sql
}

/** Starts the real user-service with its sample data; resolves to its address. */
export async function startUserService(t: Teardown, databases: BenchDatabases): Promise<string> {
  const env = {
    ...headerMode,
    DATABASE_URL: databases.url('user_db'),
    BUS_DATABASE_URL: databases.url('bus_db'),
    SEED_SAMPLE_DATA: 'true',
    SIGNING_KEY_SECRET: randomUUID(),
  }
  return (await startServer(t, { script: 'services/user-service/src/server.ts', env, probe: '/ready' })).url
}

/** The baseline: bare Fastify and postgres.js. */
export async function startBare(t: Teardown, databases: BenchDatabases): Promise<Contender> {
  const env = { DATABASE_URL: databases.url('crm_bare') }
  return startContender(t, databases, { name: 'bare', database: 'crm_bare', script: 'bench/create-lead/bare-server.ts', env, probe: '/' })
}

/** crm-service as it is run; `busDatabase` without tables makes its relay give up at once and try again only every 5 s. */
export async function startCrmService(
  t: Teardown,
  databases: BenchDatabases,
  options: { name: string; database: string; busDatabase: string; userServiceUrl: string },
): Promise<Contender> {
  const { name, database, busDatabase, userServiceUrl } = options
  const env = {
    ...headerMode,
    DATABASE_URL: databases.url(database),
    BUS_DATABASE_URL: databases.url(busDatabase),
    USER_SERVICE_URL: userServiceUrl,
  }
  return startContender(t, databases, { name, database, script: 'services/crm-service/src/server.ts', env, probe: '/ready' })
}

const headerMode = { ...productionLike, AUTH_MODE: 'header' }

async function startContender(
  t: Teardown,
  databases: BenchDatabases,
  { name, database, ...server }: NodeServer & { name: string; database: string },
): Promise<Contender> {
  return { name, database, sql: databases.connect(database), ...(await startServer(t, server)) }
}
