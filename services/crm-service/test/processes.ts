import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createTestDatabase } from '@crm/testing/database.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess, type TestProcess } from '@crm/testing/processes.ts'
import { repositoryRoot } from '@crm/testing/repository-root.ts'
import type { Test } from 'tap'

/** Programs that run alone, by their place in the repository. */
export const programs = {
  crmService: 'services/crm-service/src/server.ts',
  crmWorker: 'services/crm-service/src/worker.ts',
  migrateCrm: 'services/crm-service/src/migrate.ts',
  userService: 'services/user-service/src/server.ts',
  migrateUsers: 'services/user-service/src/migrate.ts',
  migrateBus: 'packages/events/src/bus/embedded/migrate.ts',
} as const

/** How long to wait for a program to be up, in milliseconds: it compiles its source first, beside other tests. */
export const startMs = 60_000

export type Program = keyof typeof programs
export type Env = Record<string, string>

/** Runs a program as `node <file>`, with nothing in its environment that could set it up but `env`. */
export function run(t: Test, program: Program, env: Env): Promise<TestProcess> {
  const cleared = { KAFKA_BROKERS: undefined, NODE_ENV: undefined, SEED_SAMPLE_DATA: undefined }
  return startProcess(t, { command: process.execPath, args: [join(repositoryRoot, programs[program])], env: { ...cleared, ...env } })
}

/** Runs a program to its end, and gives its output when it did not succeed. */
export async function runToEnd(t: Test, program: Program, env: Env): Promise<void> {
  const ran = await run(t, program, env)
  t.match(await ran.exited, { code: 0 }, `${program}: ${ran.output()}`)
}

/** What a start that cannot succeed says: one line, exit code 1. */
export async function failedStart(t: Test, program: Program, env: Env): Promise<string> {
  const ran = await run(t, program, env)
  t.match(await ran.exited, { code: 1 }, `${program} fails`)
  t.equal(ran.stderr().trimEnd().split('\n').length, 1, ran.stderr())
  return ran.stderr()
}

export interface Environments {
  user: Env
  crm: Env
  worker: Env
  crmUrl: string
  userUrl: string
  adminUrl: string
}

/** The variables of the README for each process, on empty databases and free ports. */
export async function environments(t: Test): Promise<Environments> {
  const [userDb, crmDb, busDb] = await Promise.all([1, 2, 3].map(() => createTestDatabase(t, { tables: {} })))
  if (!userDb || !crmDb || !busDb) throw new Error('a test database is missing')
  const [userPort, crmPort, adminPort] = [await freePort(), await freePort(), await freePort()].map(String)
  if (!userPort || !crmPort || !adminPort) throw new Error('a port is missing')
  const userUrl = `http://127.0.0.1:${userPort}`
  const common = { AUTH_MODE: 'header', BUS_DATABASE_URL: busDb.url, USER_SERVICE_URL: userUrl, LOG_LEVEL: 'error' }
  return {
    user: { ...common, DATABASE_URL: userDb.url, PORT: userPort, SEED_SAMPLE_DATA: 'true', SIGNING_KEY_SECRET: randomUUID() },
    crm: { ...common, DATABASE_URL: crmDb.url, PORT: crmPort },
    worker: { ...common, DATABASE_URL: crmDb.url, ADMIN_PORT: adminPort },
    userUrl,
    crmUrl: `http://127.0.0.1:${crmPort}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
  }
}

/** Brings all three databases up to date, by the programs made for it. */
export async function migrateAll(t: Test, { user, crm }: Environments): Promise<void> {
  await Promise.all([runToEnd(t, 'migrateBus', crm), runToEnd(t, 'migrateUsers', user), runToEnd(t, 'migrateCrm', crm)])
}
