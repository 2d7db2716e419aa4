import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@crm/testing/database.ts'
import { freePorts } from '@crm/testing/ports.ts'
import { migrateService, startService, untilHealthy } from '@crm/testing/service-processes.ts'
import type { Test } from 'tap'

/** user-service, crm-service and crm-worker, each a process of its own, migrated and healthy. */
export async function startProcesses(t: Test, KAFKA_BROKERS: string, { workerLogLevel = 'warn' } = {}) {
  const [userDb, crmDb] = await Promise.all([createTestDatabase(t, { tables: {} }), createTestDatabase(t, { tables: {} })])
  await Promise.all([migrateService(t, 'user-service', userDb.url), migrateService(t, 'crm-service', crmDb.url)])
  const [users, crm, admin] = (await freePorts(3)).map(String)
  if (!users || !crm || !admin) throw new Error('no three free ports')
  const common = { KAFKA_BROKERS, AUTH_MODE: 'header', USER_SERVICE_URL: `http://127.0.0.1:${users}` }
  const userEnv = { ...common, PORT: users, DATABASE_URL: userDb.url, SEED_SAMPLE_DATA: 'true', SIGNING_KEY_SECRET: randomUUID() }
  const crmEnv = { ...common, PORT: crm, DATABASE_URL: crmDb.url }
  const workerEnv = { ...common, LOG_LEVEL: workerLogLevel, ADMIN_PORT: admin, DATABASE_URL: crmDb.url }
  const processes = [
    await startService(t, { service: 'user-service', script: 'start', env: userEnv }),
    await startService(t, { service: 'crm-service', script: 'start', env: crmEnv }),
    await startService(t, { service: 'crm-service', script: 'start:worker', env: workerEnv }),
  ]
  const ports = [users, crm, admin]
  for (const [n, process] of processes.entries()) await untilHealthy(process, `http://127.0.0.1:${ports[n]}`)
  return { processes, userUrl: `http://127.0.0.1:${users}`, crmUrl: `http://127.0.0.1:${crm}` }
}
