import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './poll.ts'
import { endingWithUs, type ProcessOptions, startProcess, type Teardown, type TestProcess } from './processes.ts'
import { repositoryRoot } from './repository-root.ts'

const services = join(repositoryRoot, 'services')

/** What a process of the product has in NODE_OPTIONS: nothing of the test runner's, but what makes its imports quicker. */
export const nodeOptions = `--import=${join(repositoryRoot, 'scripts/fast-imports.mjs')}`

export interface ServiceScript {
  /** Folder of the service, such as `crm-service`. */
  service: string
  /** A script of its package.json that runs node, such as `start:worker`. */
  script: string
  env: Record<string, string>
  /** A module, by its absolute path, that node imports before the program. */
  preload?: string
}

/** How a script of a service is run: by this very node, with warnings and errors alone in its log unless `env` says otherwise. */
export function serviceCommand({ service, script, env, preload }: ServiceScript): ProcessOptions {
  const cwd = join(services, service)
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))
  const [program, ...args] = scripts[script]?.split(' ') ?? []
  if (program !== 'node') throw new Error(`${service} ${script} is no call of node`)
  return {
    command: process.execPath,
    args: preload === undefined ? args : ['--import', preload, ...args],
    cwd,
    env: { NODE_OPTIONS: nodeOptions, LOG_LEVEL: 'warn', NODE_ENV: 'development', ...env },
  }
}

/** Starts a process of a service, as its package.json says; killed at teardown. */
export async function startService(t: Teardown, script: ServiceScript): Promise<TestProcess> {
  return await startProcess(t, endingWithUs(serviceCommand(script)))
}

/** Brings a service's database up to date by the program made for it. Rejects with its output when that fails. */
export async function migrateService(t: Teardown, service: string, databaseUrl: string): Promise<void> {
  const migration = await startService(t, { service, script: 'migrate', env: { DATABASE_URL: databaseUrl } })
  const { code } = await migration.exited
  if (code !== 0) throw new Error(`${service} migrate ended with ${code}: ${migration.output()}`)
}

/** Resolves when a process says that it is healthy, its database and broker included. Rejects with its output. */
export async function untilHealthy(process: TestProcess, url: string, timeoutMs = 60_000): Promise<void> {
  let ended = false
  void process.exited.then(() => {
    ended = true
  })
  const healthy = async () => {
    if (ended) return true
    const answer = await fetch(`${url}/health`)
    const { status } = (await answer.json()) as { status: string }
    return status === 'ok'
  }
  await until(healthy, { timeoutMs, what: `health of ${url}` }).catch((error) => {
    throw new Error(`${error.message}: ${process.output()}`)
  })
  if (ended) throw new Error(`${url} ended before it was healthy: ${process.output()}`)
}
