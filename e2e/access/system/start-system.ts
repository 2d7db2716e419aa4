import { randomUUID } from 'node:crypto'
import { createTestDatabase, migrationsFolder } from '@crm/testing/database.ts'
import { freePorts } from '@crm/testing/ports.ts'
import { startService, untilHealthy } from '@crm/testing/service-processes.ts'
import postgres from 'postgres'
import type { Test } from 'tap'
import { type Actor, logIn } from './actors.ts'

/** The product in token mode: user-service, crm-service, crm-worker and the gateway, each a process, over PostgreSQL and the embedded bus. */
export interface System {
  gateway: string
  'user-service': string
  'crm-service': string
  userDb: postgres.Sql
  crmDb: postgres.Sql
  /** The first administrator, of the environment. */
  admin: Actor
}

const unlimited = '100000000'

export async function startSystem(t: Test): Promise<System> {
  const [userDb, crmDb, busDb] = await Promise.all(
    ['user_db', 'crm_db', 'bus_db'].map((name) => createTestDatabase(t, { migrations: migrationsFolder(name) })),
  )
  if (!userDb || !crmDb || !busDb) throw new Error('a test database is missing')
  const [users = 0, crm = 0, worker = 0, gateway = 0] = await freePorts(4)
  const urlOf = (port: number) => `http://127.0.0.1:${port}`
  const account = { email: 'first@example.com', password: randomUUID(), role: 'SYSTEM_ADMIN', companyPlace: 'middle' } as const
  const common = { AUTH_MODE: 'token', BUS_DATABASE_URL: busDb.url, USER_SERVICE_URL: urlOf(users) }
  const userEnv = {
    ...{ PORT: String(users), DATABASE_URL: userDb.url, SIGNING_KEY_SECRET: randomUUID() },
    ...{ BOOTSTRAP_ADMIN_EMAIL: account.email, BOOTSTRAP_ADMIN_PASSWORD: account.password },
  }
  const gatewayEnv = {
    ...{ PORT: String(gateway), USER_SERVICE_URL: urlOf(users), CRM_SERVICE_URL: urlOf(crm) },
    ...{ RATE_LIMIT_PER_USER: unlimited, RATE_LIMIT_PER_ADDRESS: unlimited, RATE_LIMIT_UNAUTHENTICATED: unlimited },
  }
  const start = async (service: string, script: string, { url, env }: { url: string; env: Record<string, string> }) =>
    untilHealthy(await startService(t, { service, script, env }), url)
  await start('user-service', 'start', { url: urlOf(users), env: { ...common, ...userEnv } })
  await Promise.all([
    start('crm-service', 'start', { url: urlOf(crm), env: { ...common, PORT: String(crm), DATABASE_URL: crmDb.url } }),
    start('crm-service', 'start:worker', { url: urlOf(worker), env: { ...common, ADMIN_PORT: String(worker), DATABASE_URL: crmDb.url } }),
    start('gateway', 'start', { url: urlOf(gateway), env: gatewayEnv }),
  ])
  return {
    ...{ gateway: urlOf(gateway), 'user-service': urlOf(users), 'crm-service': urlOf(crm) },
    ...{ userDb: connect(t, userDb.url), crmDb: connect(t, crmDb.url) },
    admin: await logIn(urlOf(users), account),
  }
}

function connect(t: Test, url: string): postgres.Sql {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  t.teardown(() => sql.end({ timeout: 1 }))
  return sql
}
