import { resolve } from 'node:path'
import { until } from '@crm/testing/poll.ts'
import { freePort } from '@crm/testing/ports.ts'
import { startProcess, type Teardown } from '@crm/testing/processes.ts'

export interface NodeServer {
  /** Its program, from the root of the repository. */
  script: string
  env: Record<string, string>
  /** Answers 2xx, or 404 where nothing is served, once the server is ready. */
  probe: string
}

export interface StartedServer {
  url: string
  pid: number
}

const root = resolve(import.meta.dirname, '../..')

/**
 * Starts a server on a free port of loopback. Its log lines are made and written, to /dev/null; what it says on standard error is kept
 * for the case that it fails.
 */
export async function startServer(t: Teardown, { script, env, probe }: NodeServer): Promise<StartedServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startProcess(t, {
    command: 'sh',
    args: ['-c', 'exec "$0" "$@" > /dev/null', process.execPath, resolve(root, script)],
    env: { HOST: '127.0.0.1', PORT: String(port), ...env },
  })
  const ended = server.exited.then(({ code, signal }) => {
    throw new Error(`${script} ended with ${code ?? signal}: ${server.output()}`)
  })
  const ready = until(
    async () => {
      const { ok, status } = await fetch(`${url}${probe}`)
      return ok || status === 404
    },
    { timeoutMs: 30_000, what: `${script} is ready` },
  )
  ended.catch(() => {})
  await Promise.race([ready, ended])
  return { url, pid: server.pid }
}

/** What every service is run with; NODE_ENV=production refuses sample data and header mode, and changes nothing else on a request's way. */
export const productionLike = { LOG_LEVEL: 'info', NODE_ENV: 'development', DATABASE_POOL_MAX: '10' }
