import { fileURLToPath } from 'node:url'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess, type Teardown } from '@crm/testing/processes.ts'
import type postgres from 'postgres'
import type { BenchDatabases } from './databases.ts'

/** One server that creates leads, with a database of its own. */
export interface Contender {
  name: string
  url: string
  pid: number
  database: string
  /** A superuser's connection to that database. */
  sql: postgres.Sql
}

interface NodeServer {
  script: string
  port: number
  env: Record<string, string>
  /** Answers 2xx, or 404 where nothing is served, once the server is ready. */
  probe: string
}

/** Starts the real user-service with its sample data; resolves to its address. */
export async function startUserService(t: Teardown, databases: BenchDatabases): Promise<string> {
  const port = await freePort()
  const env = {
    ...productionLike,
    DATABASE_URL: databases.url('user_db'),
    BUS_DATABASE_URL: databases.url('bus_db'),
    SEED_SAMPLE_DATA: 'true',
  }
  await startServer(t, { script: '../../services/user-service/src/server.ts', port, env, probe: '/ready' })
  return `http://127.0.0.1:${port}`
}

/** The baseline: bare Fastify and postgres.js. */
export async function startBare(t: Teardown, databases: BenchDatabases): Promise<Contender> {
  const env = { DATABASE_URL: databases.url('crm_bare') }
  return startContender(t, databases, { name: 'bare', database: 'crm_bare', script: './bare-server.ts', env, probe: '/' })
}

/** crm-service as it is run; `busDatabase` without tables makes its relay give up at once and try again only every 5 s. */
export async function startCrmService(
  t: Teardown,
  databases: BenchDatabases,
  options: { name: string; database: string; busDatabase: string; userServiceUrl: string },
): Promise<Contender> {
  const { name, database, busDatabase, userServiceUrl } = options
  const env = {
    ...productionLike,
    DATABASE_URL: databases.url(database),
    BUS_DATABASE_URL: databases.url(busDatabase),
    USER_SERVICE_URL: userServiceUrl,
  }
  return startContender(t, databases, { name, database, script: '../../services/crm-service/src/server.ts', env, probe: '/ready' })
}

// NODE_ENV=production refuses header mode; it changes nothing else on the way of a request.
const productionLike = { LOG_LEVEL: 'info', AUTH_MODE: 'header', NODE_ENV: 'development', DATABASE_POOL_MAX: '10' }

async function startContender(
  t: Teardown,
  databases: BenchDatabases,
  { name, database, ...server }: Omit<NodeServer, 'port'> & { name: string; database: string },
): Promise<Contender> {
  const port = await freePort()
  const pid = await startServer(t, { ...server, port })
  return { name, url: `http://127.0.0.1:${port}`, pid, database, sql: databases.connect(database) }
}

/** Starts a server whose log lines are made and written, to /dev/null; what it says on standard error is kept for the case that it fails. */
async function startServer(t: Teardown, { script, port, env, probe }: NodeServer): Promise<number> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const server = await startProcess(t, {
    command: 'sh',
    args: ['-c', 'exec "$0" "$@" > /dev/null', process.execPath, path],
    env: { HOST: '127.0.0.1', PORT: String(port), ...env },
  })
  const ended = server.exited.then(({ code, signal }) => {
    throw new Error(`${script} ended with ${code ?? signal}: ${server.output()}`)
  })
  const ready = until(
    async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${port}${probe}`)
      return ok || status === 404
    },
    { timeoutMs: 30_000, what: `${script} is ready` },
  )
  ended.catch(() => {})
  await Promise.race([ready, ended])
  return server.pid
}
