import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { freePorts } from './ports.ts'
import { startProcess, type Teardown, type TestProcess } from './processes.ts'
import { repositoryRoot } from './repository-root.ts'

/** Ids of the sample data, as the README lists them. */
export const acmeWest = '01980000-0000-7000-8000-00000000c002'
export const west = '01980000-0000-7000-8000-00000000a004'
export const acmeAdmin = '01980000-0000-7000-8000-00000000a002'

export interface AllInOne {
  process: TestProcess
  env: Record<string, string>
  gatewayUrl: string
  crmUrl: string
  userUrl: string
  dataDir: string
  /** From the start of node to the line that says that the CRM runs. */
  startSeconds: number
  /** Connects to one of the embedded databases as the superuser; closed at teardown. */
  database(name: string, options?: postgres.Options<Record<string, never>>): Promise<postgres.Sql>
}

/** An environment in which the all-in-one meets nobody: a data folder of its own, free ports. */
export async function isolatedEnvironment(t: Teardown): Promise<Record<string, string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'crm-all-in-one-'))
  // PostgreSQL may still be writing its last files when its starter was killed.
  t.teardown(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  const ports = await freePorts(5)
  return {
    DATA_DIR: dataDir,
    POSTGRES_PORT: String(ports[0]),
    USER_SERVICE_URL: `http://127.0.0.1:${ports[1]}`,
    CRM_SERVICE_URL: `http://127.0.0.1:${ports[2]}`,
    ADMIN_PORT: String(ports[3]),
    GATEWAY_URL: `http://127.0.0.1:${ports[4]}`,
    NODE_ENV: 'development',
  }
}

/** Starts what `pnpm start` starts, and waits until it says that it runs. */
export async function startAllInOne(t: Teardown, env: Record<string, string>): Promise<AllInOne> {
  const startedAt = performance.now()
  const process = await startProcess(t, { ...startCommand, env, ready: /The CRM runs/, readyTimeoutMs: 60_000 })
  const startSeconds = (performance.now() - startedAt) / 1000
  const { GATEWAY_URL: gatewayUrl = '', CRM_SERVICE_URL: crmUrl = '', USER_SERVICE_URL: userUrl = '', DATA_DIR: dataDir = '' } = env
  return {
    process,
    env,
    gatewayUrl,
    crmUrl,
    userUrl,
    dataDir,
    startSeconds,
    async database(name, options = {}) {
      const password = await readFile(join(dataDir, 'postgres', 'password'), 'utf8')
      const port = /PostgreSQL on 127\.0\.0\.1:(\d+)/.exec(process.output())?.[1]
      const sql = postgres(`postgres://postgres:${password}@127.0.0.1:${port}/${name}`, { max: 1, onnotice: () => {}, ...options })
      t.teardown(() => sql.end({ timeout: 1 }))
      return sql
    },
  }
}

/** What `pnpm start` runs, as package.json says it, by this very node. */
export const startCommand = { command: process.execPath, args: startArguments(), cwd: repositoryRoot }

function startArguments(): string[] {
  const manifest: { scripts: { start: string } } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
  return manifest.scripts.start.split(' ').slice(1)
}
