import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresStartError } from '@crm/embedded-postgres/start-error.ts'
import { type EmbeddedPostgres, startPostgres } from '@crm/embedded-postgres/start-postgres.ts'
import t from 'tap'
import { freePort } from './ports.ts'
import type { Teardown } from './processes.ts'

// The data is thrown away afterwards, so nothing need reach the disk. What was committed still outlives a killed server.
const settings = { fsync: 'off', full_page_writes: 'off' }
// Nobody kills the shared server.
const sharedSettings = { ...settings, synchronous_commit: 'off' }

let shared: Promise<string> | undefined

/**
 * Connection string of a superuser of the server that tests share: TEST_POSTGRES_URL where it is set, else one started for this
 * test process, which ends with the root test.
 */
export function testServerUrl(): Promise<string> {
  shared ??= process.env.TEST_POSTGRES_URL ? Promise.resolve(process.env.TEST_POSTGRES_URL) : startSharedServer()
  return shared
}

async function startSharedServer(): Promise<string> {
  const server = await startTestServer(t, sharedSettings)
  return server.url()
}

/** A server that a test may break. It keeps its data, port and password when it is started again. */
export interface TestServer {
  /** Connection string of the superuser; the database defaults to `postgres`. */
  url(database?: string): string
  /** Ends it in order. */
  stop(): Promise<void>
  /** Ends it as a crash would: SIGKILL for the postmaster and all its children. */
  kill(): Promise<void>
  /** Starts it again after `stop` or `kill`; resolves when it accepts connections. */
  start(): Promise<void>
}

/** Starts a PostgreSQL server of one's own in a temporary folder; stopped and removed at teardown. */
export async function startTestServer(owner: Teardown, parameters: Record<string, string> = settings): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'crm-test-postgres-'))
  let server: EmbeddedPostgres | undefined
  owner.teardown(async () => {
    await server?.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const first = await startOnAnyPort(dir, parameters)
  server = first
  return {
    url: first.url,
    stop: async () => await server?.stop(),
    kill: async () => await server?.kill(),
    start: async () => {
      server = await startPostgres({ dir, port: first.port, settings: parameters })
    },
  }
}

// Another process may take the port between the look and the start.
async function startOnAnyPort(dir: string, settings: Record<string, string>): Promise<EmbeddedPostgres> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPostgres({ dir, port: await freePort(), settings })
    } catch (error) {
      if (!(error instanceof PostgresStartError && error.reason === 'port-taken') || attempt === 10) throw error
    }
  }
}
