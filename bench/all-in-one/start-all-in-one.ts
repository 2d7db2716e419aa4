import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess, type Teardown, type TestProcess } from '@crm/testing/processes.ts'
import postgres from 'postgres'

export interface AllInOne {
  process: TestProcess
  crmUrl: string
  /** From the start of node to the line that says that the CRM runs, in seconds. */
  startSeconds: number
  /** A superuser's connection to one of its databases, closed at teardown. */
  connect(database: string, options?: postgres.Options<Record<string, never>>): postgres.Sql
}

/** An environment in which the all-in-one meets nobody: ports of its own, and a data folder that is removed at teardown. */
export async function isolatedEnvironment(t: Teardown): Promise<Record<string, string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'crm-bench-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  const ports = new Set<number>()
  while (ports.size < 4) ports.add(await freePort())
  const [postgresPort, userPort, crmPort, adminPort] = ports
  return {
    DATA_DIR: dataDir,
    POSTGRES_PORT: String(postgresPort),
    USER_SERVICE_URL: `http://127.0.0.1:${userPort}`,
    CRM_SERVICE_URL: `http://127.0.0.1:${crmPort}`,
    ADMIN_PORT: String(adminPort),
    NODE_ENV: 'development',
  }
}

/** Starts what `pnpm start` starts and waits until it says that it runs. */
export async function startAllInOne(t: Teardown, env: Record<string, string>): Promise<AllInOne> {
  const startedAt = performance.now()
  const running = await startProcess(t, {
    command: process.execPath,
    args: ['scripts/start.mjs'],
    cwd: resolve(import.meta.dirname, '../..'),
    env,
    ready: /The CRM runs/,
    readyTimeoutMs: 60_000,
  })
  const startSeconds = (performance.now() - startedAt) / 1000
  const { DATA_DIR = '', POSTGRES_PORT, CRM_SERVICE_URL: crmUrl = '' } = env
  const password = await readFile(join(DATA_DIR, 'postgres', 'password'), 'utf8')
  const port = /PostgreSQL on 127\.0\.0\.1:(\d+)/.exec(running.stdout())?.[1] ?? POSTGRES_PORT
  return {
    process: running,
    crmUrl,
    startSeconds,
    connect(database, options = {}) {
      const sql = postgres(`postgres://postgres:${password.trim()}@127.0.0.1:${port}/${database}`, {
        max: 1,
        onnotice: () => {},
        ...options,
      })
      t.teardown(() => sql.end({ timeout: 1 }))
      return sql
    },
  }
}
