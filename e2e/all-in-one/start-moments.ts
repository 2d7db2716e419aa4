import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startCommand } from '@crm/testing/all-in-one.ts'
import { until } from '@crm/testing/poll.ts'
import { startProcess, type Teardown, type TestProcess } from '@crm/testing/processes.ts'

type Env = Record<string, string>

const pathIn = (env: Env, path: string) => join(env.DATA_DIR ?? '', path)
const has = (env: Env, path: string) => existsSync(pathIn(env, path))
const answers = async (url: string | undefined) => (await fetch(`${url}/live`)).ok

/** The steps of a start, each known by what it leaves or answers; on data that is there already, those after the second. */
const moments = {
  'its data folder is claimed': (env: Env) => has(env, 'holder'),
  'PostgreSQL makes its data': (env: Env) => readdirSync(pathIn(env, 'postgres')).some((name) => name.startsWith('.initdb-')),
  'PostgreSQL starts': (env: Env) => has(env, 'postgres/data/postmaster.pid'),
  'databases are made': (env: Env) => postgresStatus(env) === 'ready',
  'user-service answers': (env: Env) => answers(env.USER_SERVICE_URL),
  'crm-service answers': (env: Env) => answers(env.CRM_SERVICE_URL),
  'the gateway answers': (env: Env) => answers(env.GATEWAY_URL),
}
export type Moment = keyof typeof moments

// The eighth line of its lock file.
function postgresStatus(env: Env): string | undefined {
  return readFileSync(pathIn(env, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[7]?.trim()
}

/** Begins what `pnpm start` runs and resolves in the middle of it. Rejects with its output when it ends before. */
export async function startUntil(t: Teardown, env: Env, moment: Moment): Promise<TestProcess> {
  const starting = await startProcess(t, { ...startCommand, env })
  let ended = false
  void starting.exited.then(() => {
    ended = true
  })
  await until(async () => ended || (await moments[moment](env)), { timeoutMs: 60_000, intervalMs: 1, what: moment })
  if (ended) throw new Error(`It ended before this: ${moment}\n${starting.output()}`)
  return starting
}
